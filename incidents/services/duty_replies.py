"""What our own people answer to a call by text message, each reply once.

Messaging keeps what comes in and knows nothing of duties; it is read from there on each tick.
STOP, START and HELP have been carried out by then, and mean nothing here.
"""

import re
import unicodedata
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences.models import Channel
from incidents.models import DutyCall, Responder
from incidents.services import duty_calls, duty_letters
from incidents.services.duty_calls import CannotAnswer
from messaging.models import Broadcast, DeliveryEvent
from messaging.services import events
from messaging.services.events import Report
from messaging.services.replies import Meaning
from messaging.services.twilio_reports import SOURCE

# An answer to a call is about something that goes on now.
NOT_OLDER = timedelta(days=1)
READ = "duty"
# Only what can mean nothing else: whoever refuses or asks in words of their own is not to be taken
# for the one who answers for it.
_TAKE_OVER = re.compile(
    r"(1|ok|okay|ja|yes)"
    r"|((1|ok|okay|ja|yes)[\s,.!:]+)?"
    r"(ich (übernehme|uebernehme)|(übernehme|uebernehme)( ich)?"
    r"|(i |i['\u2019]ll |i will )?take over)"
    r"( (das|es|it|this))?( (jetzt|sofort|gleich|gerne|now))?",
    re.I,
)
_SNOOZE = re.compile(r"(2|später|spaeter|later|snooze)\b[\s.:,;-]*(?P<reason>.*)", re.I | re.S)


def read(*, now: datetime) -> int:
    """Do what the replies since the last tick ask for, and answer each; returns how many."""
    return sum(_read(event, now) for event in _unread(now))


def _unread(now: datetime) -> list[DeliveryEvent]:
    """Replies of responders, found by their few messages: there are millions of others."""
    done = DeliveryEvent.objects.filter(source=READ, event_key=OuterRef("event_key"))
    contacts = Responder.objects.values("contact")
    return list(
        DeliveryEvent.objects.filter(
            ~Exists(done),
            delivery__contact__in=contacts,
            delivery__channel=Channel.SMS,
            source=SOURCE,
            kind__in=[Meaning.OTHER, Meaning.YES],
            event_key__endswith=":received",
            received_at__gt=now - NOT_OLDER,
        )
        .select_related("delivery__broadcast")
        .order_by("pk")
    )


@transaction.atomic
def _read(event: DeliveryEvent, now: datetime) -> bool:
    report = Report(source=READ, key=event.event_key, kind="read", raw={})
    if not events.record(delivery=event.delivery, report=report, now=now):
        return False
    assert event.delivery, "found by it"
    broadcast = event.delivery.broadcast
    is_asked = broadcast.purpose == Broadcast.Purpose.DUTY
    responder = Responder.objects.select_related("user", "contact").get(
        contact=event.delivery.contact_id
    )
    call = _call(responder, broadcast if is_asked else None, now)
    if call is None:
        return False
    body = unicodedata.normalize("NFC", str(event.raw.get("Body", ""))).strip()
    with override(responder.contact.spoken):
        words = _carry_out(call, responder, body, now)
        if not words and (not is_asked or broadcast.facts.get("is_answer")):
            return False  # A person reads it; no machine is to be talked with.
        words = words or _("Not understood. Reply 1 to take over, or 2 and a reason to snooze.")
    duty_letters.understood(responder=responder, call=call, words=words, now=now)
    return True


def _call(responder: Responder, broadcast: Broadcast | None, now: datetime) -> DutyCall | None:
    """The call that a reply is about: that of the text, or else the person's latest."""
    calls = DutyCall.objects.filter(user=responder.user, problem="").select_related("user")
    if broadcast and "call" in broadcast.facts:
        return calls.filter(pk=broadcast.facts["call"]).first()
    return calls.exclude(is_information=True).order_by("pk").last()


def _carry_out(call: DutyCall, responder: Responder, body: str, now: datetime) -> str:
    """What to answer; empty where nothing was understood."""
    user, through = responder.user, DutyCall.Through.SMS
    try:
        if _TAKE_OVER.fullmatch(body.rstrip(" .!\n")):
            duty_calls.take_over(call=call, by=user, through=through, now=now)
            return _("Thank you: you answer for it now.")
        if wish := _SNOOZE.fullmatch(body):
            duration = duty_calls.shortest(call)
            snoozed = duty_calls.snooze(
                call=call,
                by=user,
                duration=duration,
                reason=wish["reason"],
                through=through,
                now=now,
            )
            until = duty_letters.clock_of(snoozed.snoozed_until, responder)
            return _("Snoozed until %(until)s. You answer for it.") % {"until": until}
    except CannotAnswer as refusal:
        return str(refusal)
    return ""
