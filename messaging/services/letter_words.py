"""What our own letters say. Nobody edits it: a request to confirm must not advertise."""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audiences.models import Segment
from messaging import merging
from messaging.channels import sms_senders
from messaging.services.letters import Words


def please_confirm(segments: Sequence[Segment], days: int) -> Words:
    names = {"organisation": settings.ORGANISATION_NAME, "lists": _names(segments)}
    sms = (
        _("%(organisation)s: reply YES or open %(url)s to get service notices. Not you? Ignore it.")
        if sms_senders.takes_answers()
        else _("%(organisation)s: open %(url)s to get service notices. Not you? Ignore it.")
    )
    return Words(
        subject=_("Please confirm: service notices from %(organisation)s") % names,
        before=[
            _(
                "Somebody, probably you, has asked for service notices from %(organisation)s to be"
                " sent to this address. They would be about:"
            )
            % names,
            names["lists"],
        ],
        button=_("Yes, send me these notices"),
        field="confirm_url",
        after=[
            ngettext(
                "The link works for %(days)d day. Nothing is sent to you until you have confirmed.",
                "The link works for %(days)d days. Nothing is sent to you until you have"
                " confirmed.",
                days,
            )
            % {"days": days},
            _("If it was not you, ignore this message: then nothing else will come."),
        ],
        sms_text=sms % {**names, "url": merging.FIELDS["confirm_url"]},
    )


def please_move(days: int) -> Words:
    return Words(
        subject=_("Please confirm your new address for notices from %(organisation)s")
        % _organisation(),
        before=[
            _(
                "Somebody, probably you, wants to get the service notices from %(organisation)s at"
                " this address from now on."
            )
            % _organisation(),
        ],
        button=_("Yes, use this address"),
        field="confirm_url",
        after=[
            ngettext(
                "The link works for %(days)d day. Nothing changes until you have confirmed.",
                "The link works for %(days)d days. Nothing changes until you have confirmed.",
                days,
            )
            % {"days": days},
            _("If it was not you, ignore this message: then nothing else will come."),
        ],
        sms_text=_("%(organisation)s: open %(url)s to get notices here. Not you? Ignore it.")
        % {**_organisation(), "url": merging.FIELDS["confirm_url"]},
    )


def address_is_known() -> Words:
    return Words(
        subject=_("Your service notices from %(organisation)s") % _organisation(),
        before=[
            _(
                "Somebody, probably you, wants to get notices at this address that go to another"
                " one so far. This address is known to us already, with settings of its own, so"
                " nothing was changed. Here you can choose what it gets:"
            ),
        ],
        button=_("My settings"),
        field="preferences_url",
        after=[_("If it was not you, there is nothing to do: nothing has changed.")],
        sms_text=_(
            "%(organisation)s: this number has settings of its own, nothing changed: %(url)s"
        )
        % _with_link(),
    )


def has_moved() -> Words:
    return Words(
        subject=_("Your address for notices from %(organisation)s was changed") % _organisation(),
        before=[
            _(
                "From now on your service notices go to another address, as was asked for on the"
                " page of your settings and confirmed from there. Nothing comes here any more."
            ),
            _("If that is what you want, there is nothing to do. If it was not you, look here:"),
        ],
        button=_("My settings"),
        field="preferences_url",
        sms_text=_("%(organisation)s: notices now go to another number. Not you? %(url)s")
        % _with_link(),
    )


def already_subscribed() -> Words:
    return Words(
        subject=_("Your service notices from %(organisation)s") % _organisation(),
        before=[
            _(
                "Somebody, probably you, has asked for service notices to be sent to this address."
                " You get them already. Here you see all your settings, and can change them:"
            ),
        ],
        button=_("My settings"),
        field="preferences_url",
        after=[_("If it was not you, there is nothing to do: nothing has changed.")],
        sms_text=_("%(organisation)s: you get our service notices already. Settings: %(url)s")
        % _with_link(),
    )


def your_link() -> Words:
    return Words(
        subject=_("Your settings for service notices from %(organisation)s") % _organisation(),
        before=[
            _(
                "Somebody, probably you, has asked for the link to the settings of this address."
                " Whoever has it can change them, so keep it to yourself."
            ),
        ],
        button=_("My settings"),
        field="preferences_url",
        after=[_("If it was not you, there is nothing to do: nothing has changed.")],
        sms_text=_("%(organisation)s: your settings for service notices: %(url)s") % _with_link(),
    )


def somebody_left(segments: Sequence[Segment]) -> Words:
    return Words(
        subject=_("This address was unsubscribed from notices of %(organisation)s")
        % _organisation(),
        before=[
            _(
                "Several people read this address. One of them, or somebody a message was forwarded"
                " to, has unsubscribed it from:"
            ),
            _names(segments),
            _("If that is what you all want, there is nothing to do. If not, take it back:"),
        ],
        button=_("Take it back"),
        field="unsubscribe_url",
        sms_text=_("%(organisation)s: somebody unsubscribed this number. Take it back: %(url)s")
        % {**_organisation(), "url": merging.FIELDS["unsubscribe_url"]},
    )


def nobody_is_asked() -> Words:
    return Words(
        subject=_("This address gets no more feedback requests from %(organisation)s")
        % _organisation(),
        before=[
            _(
                "Several people read this address. One of them, or somebody a message was forwarded"
                " to, has ended the questions that we ask after an incident. Notices about"
                " incidents still come."
            ),
            _("If that is what you all want, there is nothing to do. If not, take it back:"),
        ],
        button=_("Take it back"),
        field="unsubscribe_url",
        sms_text=_(
            "%(organisation)s: somebody ended feedback requests to this number. Take it back:"
            " %(url)s"
        )
        % {**_organisation(), "url": merging.FIELDS["unsubscribe_url"]},
    )


def _names(segments: Sequence[Segment]) -> str:
    return "\n".join(f"– {segment.spoken_name}" for segment in segments)


def _organisation() -> dict[str, str]:
    return {"organisation": settings.ORGANISATION_NAME}


def _with_link() -> dict[str, str]:
    return {**_organisation(), "url": merging.FIELDS["preferences_url"]}
