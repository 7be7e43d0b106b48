"""What our own people answer to a call by text message, each reply once.

Messaging keeps what comes in and knows nothing of duties; it is read from there on each tick.
STOP, START and HELP have been carried out by then; of a STOP others are told.
"""

import re
import unicodedata
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences.models import Channel
from incidents.models import DutyCall, Incident, Responder
from incidents.services import duty_answers, duty_letters, duty_links, owed, stopped_texts
from incidents.services.responsibility import CannotAnswer
from messaging.models import Broadcast, DeliveryEvent
from messaging.services import events
from messaging.services.events import Report
from messaging.services.replies import Meaning
from messaging.services.twilio_reports import SOURCE

# An answer to a call is about something that goes on now.
NOT_OLDER = timedelta(days=1)
READ = "duty"
# Of all that somebody was called about, so much can be open; and what may stand around a "1".
_LOOKED_AT, _AROUND = 50, " .!()\"'„“”#+\n"
# What telephones add by themselves: signs that nobody sees (a "1" from the keyboard of emojis is
# made of three), and a signature.
_UNSEEN = {"Cf", "Me", "Sk"}
_UNSEEN_MARKS = "\ufe0e\ufe0f"
_SIGNATURE = re.compile(r"\n\s*(?:--|sent from my\b|(?:gesendet )?von meinem\b).*", re.I | re.S)
_NODS = str.maketrans(dict.fromkeys("👍👌✅✔☑🆗", " ok "))
# Only what can mean nothing else: whoever refuses or asks in words of their own, or asks others to
# do it, is not to be taken for the one who answers for it.
_YES = r"(?:1|eins|one|ok|okay|okey|oki|ja|jo|jep|jepp|klar|yes|yep|yup|sure)"
_KINDLY = r"(?:danke|vielen dank|thanks|thank you|gern|gerne|bitte|please)"
_ACT = (
    r"(?:(?:ich )?(?:übernehm|uebernehm)e?(?: ich)?|ich mache?|mache? ich"
    r"|(?:ich )?bin (?:schon )?dran"
    r"|(?:ich )?kümmere? mich(?: darum)?|i will(?: do)?|will do"
    r"|(?:i |i['\u2019]ll |i will )?take over|(?:i['\u2019]m |i am )?(?:on it|taking over))"
    r"(?: (?:das|es|it|this))?(?: (?:jetzt|sofort|gleich|gerne|now))?"
)
_THEN = r"[\s,.;!:)\"-]+"
_TAKE_OVER = re.compile(
    rf"(?:{_YES}|(?:{_YES}{_THEN})*{_ACT})(?:{_THEN}(?:{_YES}|{_KINDLY}))*", re.I
)
_SNOOZE = re.compile(
    r"[(#]*(?:2|später|spaeter|later|snooze)\b[\s.:,;)-]*(?P<reason>.*)", re.I | re.S
)


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
            kind__in=[Meaning.OTHER, Meaning.YES, Meaning.STOP],
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
    if event.kind == Meaning.STOP:
        stopped_texts.tell(responder=responder, now=now)
        return True
    asked = _call_of(responder, broadcast if is_asked else None)
    call = _call(responder, now) or asked
    if call is None:
        return False
    body = _as_meant(str(event.raw.get("Body", "")))
    with override(responder.contact.spoken):
        words = _carry_out(call, responder, body, now)
        if not words and (not is_asked or broadcast.facts.get("is_answer")):
            return False  # A person reads it; no machine is to be talked with.
        words = words or _not_understood(call, now)
        if asked and asked != call and _is_undecided(asked, now):
            words = f"{words} {_nothing_decided(asked, now)}"
    duty_letters.understood(responder=responder, call=call, words=words, now=now)
    return True


def _as_meant(body: str) -> str:
    """The words alone, each written in one way."""
    seen = (
        sign
        for sign in unicodedata.normalize("NFKC", body)
        if unicodedata.category(sign) not in _UNSEEN and sign not in _UNSEEN_MARKS
    )
    return _SIGNATURE.sub("", "".join(seen)).strip()


def _calls(responder: Responder) -> QuerySet[DutyCall]:
    calls = DutyCall.objects.filter(user=responder.user, problem="")
    return calls.select_related("user", "incident").order_by("-pk")


def _call_of(responder: Responder, broadcast: Broadcast | None) -> DutyCall | None:
    """That of the text which was answered, or else the person's latest."""
    calls = _calls(responder)
    if broadcast and "call" in broadcast.facts:
        return calls.filter(pk=broadcast.facts["call"]).first()
    return calls.exclude(is_information=True).first()


def _call(responder: Responder, now: datetime) -> DutyCall | None:
    """The open call that a reply is about: whoever is called five times in ten minutes means what
    matters most. A real incident goes before a drill, a word to customers before all else."""
    latest: dict[tuple[str, int], DutyCall] = {}
    for one in _calls(responder).exclude(is_information=True)[:_LOOKED_AT]:
        latest.setdefault((one.about, one.object_id), one)
    in_order = sorted(latest.values(), key=_rank)
    return next((one for one in in_order if owed.find(call=one, now=now)), None)


def _rank(call: DutyCall) -> tuple[bool, bool, bool]:
    is_drill = call.incident is not None and call.incident.mode == Incident.Mode.DRILL
    return call.answer != "", is_drill, call.about not in DutyCall.LEADS


def _carry_out(call: DutyCall, responder: Responder, body: str, now: datetime) -> str:
    """What to answer; empty where nothing was understood."""
    takes = _TAKE_OVER.fullmatch(body.translate(_NODS).strip(_AROUND))
    snoozes = _SNOOZE.fullmatch(body)
    if (takes or snoozes) and _is_undecided(call, now):
        return _nothing_decided(call, now)
    try:
        if takes:
            return _take_over(call, responder, now)
        if snoozes:
            return _snooze(call, responder, snoozes["reason"], now)
    except CannotAnswer as refusal:
        about = _about(call, responder, now)
        return f"{about}: {refusal}" if about else str(refusal)
    return ""


def _about(call: DutyCall, responder: Responder, now: datetime) -> str:
    """What was refused: one person may be called about several things in an incident."""
    matter = owed.find(call=call, now=now)
    if matter is None:
        return duty_letters.title_of(call.incident)
    return duty_letters.named(matter, responder)


def _take_over(call: DutyCall, responder: Responder, now: datetime) -> str:
    user, through = responder.user, DutyCall.Through.SMS
    taken = duty_answers.take_over(call=call, by=user, through=through, now=now)
    matter = owed.find(call=taken, now=now)
    assert matter, "it was taken over at this moment"
    names = {"matter": duty_letters.named(matter, responder)}
    if matter.is_of(call):
        return _("Thank you: you answer for it now: %(matter)s.") % names
    words = _("The plan has spoken in your place. You answer for the next word now: %(matter)s.")
    return words % names


def _snooze(call: DutyCall, responder: Responder, reason: str, now: datetime) -> str:
    snoozed = duty_answers.snooze(
        call=call,
        by=responder.user,
        duration=duty_answers.shortest(call),
        reason=reason,
        through=DutyCall.Through.SMS,
        now=now,
    )
    matter = owed.find(call=snoozed, now=now)
    assert matter, "it was snoozed at this moment"
    return _("Snoozed until %(until)s: %(matter)s. You answer for it.") % {
        "until": duty_letters.clock_of(snoozed.snoozed_until, responder),
        "matter": duty_letters.named(matter, responder),
    }


def _is_undecided(call: DutyCall, now: datetime) -> bool:
    return call.about in duty_letters.DECISIONS and owed.find(call=call, now=now) is not None


def _nothing_decided(call: DutyCall, now: datetime) -> str:
    words = _("“%(title)s”: nothing is approved yet. Read what is to go out and decide: %(url)s")
    title = duty_letters.title_of(call.incident)
    return words % {"title": title, "url": duty_links.url(call, now=now)}


def _not_understood(call: DutyCall, now: datetime) -> str:
    if _is_undecided(call, now):
        return _nothing_decided(call, now)
    return _("Not understood. Reply 1 to take over, or 2 and a reason to snooze.")
