"""A responder who answers STOP gets no texts any more, calls among them: those who count on them
hear of it."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from incidents.models import Plan, Responder
from incidents.services import duty_letters
from incidents.services.responders import Roster
from messaging.services.letters import Words


def tell(*, responder: Responder, now: datetime) -> None:
    """Write to them, and to the owners of the active plans under which they are called."""
    plans = Plan.objects.filter(status=Plan.Status.ACTIVE, duties__user=responder.user)
    owners = set(plans.values_list("owner", flat=True))
    roster = Roster.read()
    for user in User.objects.filter(pk__in=owners | {responder.user_id}, is_active=True):
        if reader := roster.by_user.get(user.pk):
            duty_letters.send(
                responder=reader,
                channels=roster.channels(reader, is_urgent=False),
                words=_words(responder, reader),
                facts={},
                thread=duty_letters.thread(None),
                lifetime=duty_letters.SLOW_LIFETIME,
                now=now,
            )


def _words(responder: Responder, reader: Responder) -> Words:
    with override(reader.contact.spoken):
        names = {"name": str(responder)}
        path = reverse("admin:incidents_responder_change", args=[responder.pk])
        return Words(
            subject=_("%(name)s gets no more text messages") % names,
            before=[
                _("%(name)s has answered STOP to a text message.") % names,
                _(
                    "Calls reach them by e-mail alone now, also at night. Texting START to the same"
                    " number undoes it; otherwise put somebody else on duty."
                ),
            ],
            button=_("To the responder"),
            url=settings.PUBLIC_BASE_URL + path,
        )
