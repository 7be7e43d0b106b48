"""The public forms of self-service: they read what was typed, the services judge it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.forms.fields import BaseTemporalField
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audiences import zones
from audiences.models import AudienceKind, Channel, Contact, Segment, Severity
from audiences.services import addresses, offers, spelling
from audiences.services.addresses import InvalidAddress
from audiences.services.offers import Offer
from audiences.services.sign_ups import Visitor
from audiences.services.topics import Subject
from audiences.services.wanted import Place, Preferences

_LOCAL_MOMENT = "%Y-%m-%dT%H:%M"
ZONES = sorted(zone for zone in available_timezones() if "/" in zone and zone[:3] != "Etc")


class Trapped(forms.Form):
    # People neither see nor reach this field; what fills it in is a program.
    website = forms.CharField(
        required=False,
        label=_("Leave this empty"),
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    @property
    def is_spam(self) -> bool:
        return bool(self.data.get("website"))


class AddressForm(Trapped):
    """An e-mail address, a mobile number, or both, in the spelling we store."""

    email = forms.CharField(
        required=False,
        max_length=320,
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = forms.CharField(
        required=False,
        max_length=40,
        label=_("Mobile number"),
        help_text=_("For text messages. With the country, for example +49 151 23456789."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )

    def clean_email(self) -> str:
        return _stored(Channel.EMAIL, self.cleaned_data["email"])

    def clean_phone(self) -> str:
        number = _stored(Channel.SMS, self.cleaned_data["phone"])
        if number and not addresses.may_take_texts(number):
            raise forms.ValidationError(
                _("This number gets no text messages. Please give a mobile number.")
            )
        return number

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        is_refused = "email" in self.errors or "phone" in self.errors
        if not (is_refused or given.get("email") or given.get("phone")):
            first = "email" if "email" in self.fields else "phone"
            self.add_error(first, _("Please give an e-mail address or a mobile number."))
        return given

    def addresses(self) -> list[tuple[str, str]]:
        """Channel and address of each that was given."""
        given = ((Channel.EMAIL.value, "email"), (Channel.SMS.value, "phone"))
        return [(name, found) for name, field in given if (found := self.cleaned_data.get(field))]


class MoveForm(AddressForm):
    """Another address for somebody who is known; their own one is no news to them.

    `among` are the fields of the addresses that they may change.
    """

    def __init__(self, *args: Any, contact: Contact, among: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contact = contact
        self.fields["email"].label = _("New e-mail address")
        self.fields["phone"].label = _("New mobile number")
        for name in {"email", "phone"}.difference(among):
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        for name in ("email", "phone"):
            if given.get(name) and given[name] == getattr(self.contact, name):
                self.add_error(name, _("This is your address already."))
        return given


class SubscribeForm(AddressForm):
    lists = forms.ModelMultipleChoiceField(
        queryset=Segment.objects.none(),
        required=False,
        label=_("What do you want to hear about?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Please choose at least one.")},
    )
    follow = forms.MultipleChoiceField(required=False)
    language = forms.ChoiceField(
        choices=settings.LANGUAGES, label=_("Language of the messages"), widget=forms.RadioSelect
    )
    is_shared = forms.BooleanField(
        required=False,
        label=_("Several people read this address"),
        help_text=_(
            "A distribution list or a team’s mailbox: whoever unsubscribes it, the others hear of"
            " it."
        ),
    )
    field_order = ["lists", "follow", "email", "phone", "language", "is_shared"]

    def __init__(
        self, *args: Any, offer: Offer, visitor: Visitor | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.visitor, self.subjects = visitor, offer.subjects
        self.fields["follow"].choices = [(one.topic, one.name) for one in self.subjects]  # type: ignore[attr-defined]
        offered = Segment.objects.filter(pk__in=[one.pk for one in offer.lists]).order_by("name")
        self.fields["lists"].queryset = offered  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if "lists" not in self.errors and not (given["lists"] or given.get("follow")):
            self.add_error("lists", self.fields["lists"].error_messages["required"])
        elif not self.errors and self._is_beyond_their_word():
            self.add_error("lists", _not_yours())
        return given

    def _is_beyond_their_word(self) -> bool:
        """Whether a list of the team is chosen for an address that nothing proves to be of it."""
        kinds = {segment.kind for segment in self.cleaned_data["lists"]}
        if self.visitor is None or AudienceKind.INTERNAL not in kinds:
            return False
        return not all(
            self.visitor.voucher(channel, address) or offers.is_internal(address)
            for channel, address in self.addresses()
        )

    def followed(self) -> list[Subject]:
        return [one for one in self.subjects if one.topic in self.cleaned_data["follow"]]


def _not_yours() -> str:
    return gettext(
        "You can put the e-mail address of your own login on lists for our team, and those in our"
        " own domains. For any other, ask somebody who may add subscriptions."
    )


class LongSelect(forms.Select):
    """For hundreds of options: Django's own renders a template for each of them."""

    template_name = "messaging/_select.html"


class WallClockField(BaseTemporalField):
    """A date and time without a zone: where the clock hangs is said elsewhere."""

    default_error_messages = forms.DateTimeField.default_error_messages
    input_formats = [_LOCAL_MOMENT]

    def strptime(self, value: str, format: str) -> datetime:
        return datetime.strptime(value, format)  # noqa: DTZ007

    def to_python(self, value: Any) -> datetime | None:
        typed: datetime | None = super().to_python(value) if value else None
        return typed


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES, label=_("Language"))
    time_zone = forms.ChoiceField(required=False, label=_("Time zone"), widget=LongSelect)
    email_from = forms.TypedChoiceField(
        choices=Severity.choices, coerce=int, label=_("E-mail about")
    )
    sms_from = forms.TypedChoiceField(
        choices=Severity.choices, coerce=int, label=_("Text messages about")
    )
    quiet_from = forms.TimeField(required=False, label=_("Quiet from"))
    quiet_until = forms.TimeField(required=False, label=_("until"))
    is_woken_by_critical = forms.BooleanField(
        required=False, label=_("Wake me for critical incidents anyway")
    )
    paused_until = WallClockField(
        required=False,
        label=_("Send me nothing until"),
        help_text=_(
            "Until then nothing comes, not even about critical incidents; only what you ask for "
            "yourself does."
        ),
    )
    is_shared = forms.BooleanField(required=False, label=_("Several people read this address"))
    wants_feedback = forms.BooleanField(required=False)

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contact = contact
        unlisted = [] if contact.zone in ZONES else [contact.zone]
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            (zone, zone.replace("_", " ")) for zone in [*unlisted, *ZONES]
        ]
        for name in ("quiet_from", "quiet_until"):
            self.fields[name].widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        self.fields["paused_until"].widget = forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format=_LOCAL_MOMENT
        )

    def clean_paused_until(self) -> datetime | None:
        """What was typed is the wall clock of the person's own zone. Of a time that it skips, the
        one after it is meant; of one that it shows twice, the first, if it was not the other."""
        typed: datetime | None = self.cleaned_data["paused_until"]
        if typed is None:
            return None
        zone = zones.named(self.cleaned_data.get("time_zone", ""))
        known = self.contact.paused_until
        if known and known.astimezone(zone).replace(tzinfo=None, fold=0) == typed:
            return known
        return typed.replace(tzinfo=zone).astimezone(UTC)

    def preferences(self) -> Preferences:
        cleaned = {name: self.cleaned_data[name] for name in self.fields}
        return Preferences(places=self.places(), **cleaned)

    def places(self) -> frozenset[Place]:
        posted = self.data.getlist(self.add_prefix("place"))  # type: ignore[attr-defined]
        return frozenset(places(posted))

    def show(self, messages: Mapping[str, str]) -> None:
        for name, message in messages.items():
            self.add_error(name, message)


def as_posted(preferences: Preferences) -> dict[str, Any]:
    """The same as the fields of the form, to show them, or to post them again for an undo."""
    zone = zones.named(preferences.time_zone)
    until, begin, end = preferences.paused_until, preferences.quiet_from, preferences.quiet_until
    return {
        "language": preferences.language,
        "time_zone": preferences.time_zone,
        "email_from": preferences.email_from,
        "sms_from": preferences.sms_from,
        "quiet_from": f"{begin:%H:%M}" if begin else "",
        "quiet_until": f"{end:%H:%M}" if end else "",
        "is_woken_by_critical": preferences.is_woken_by_critical,
        "paused_until": timezone.localtime(until, zone).strftime(_LOCAL_MOMENT) if until else "",
        "is_shared": preferences.is_shared,
        "wants_feedback": preferences.wants_feedback,
    }


def places(values: Iterable[str]) -> Iterable[Place]:
    """Read “12:email”: a list on a channel; whatever else is passed over."""
    for value in values:
        number, _colon, channel = value.partition(":")
        if number.isascii() and number.isdigit() and len(number) < 16 and channel in Channel.values:
            yield int(number), channel


def _stored(channel: str, typed: str) -> str:
    """:raises ValidationError: nobody can be reached under it."""
    try:
        return spelling.normalise(channel, typed) if typed.strip() else ""
    except InvalidAddress as error:
        raise forms.ValidationError(str(error)) from error
