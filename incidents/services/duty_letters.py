"""What our own people are told when they are called: short, by e-mail and by text message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences import languages, zones
from audiences.models import Channel
from incidents.models import DutyCall, Incident, Responder
from incidents.services.matters import Matter
from messaging.channels import sms_senders
from messaging.models import Broadcast
from messaging.services import letters
from messaging.services.letters import Letter, Words

About = DutyCall.About
# A text about what was due long ago helps nobody.
LIFETIME, SLOW_LIFETIME = timedelta(hours=2), timedelta(days=2)
_TITLE = 60


@dataclass(frozen=True, kw_only=True)
class Note:
    """What one letter is about: the headline, why it comes, and where its button leads."""

    subject: str
    before: Sequence[str]
    button: str
    url: str
    sms: str


def send(
    *,
    responder: Responder,
    channels: Sequence[str],
    note: Note,
    facts: dict[str, object],
    thread: str,
    lifetime: timedelta,
    now: datetime,
) -> None:
    """Send one note by every channel, before everything else."""
    for channel in channels:
        words = Words(
            subject=note.subject,
            before=note.before,
            button=note.button,
            url=note.url,
            sms_text=note.sms,
        )
        letter = Letter(
            contact=responder.contact,
            channel=channel,
            language=responder.contact.language,
            words=words,
            thread=thread,
            facts=facts,
            purpose=Broadcast.Purpose.DUTY,
            lifetime=lifetime,
        )
        letters.send(letter=letter, now=now)


def room_url(incident: Incident) -> str:
    return settings.PUBLIC_BASE_URL + reverse("admin:incidents_incident_room", args=[incident.pk])


def thread(incident: Incident | None) -> str:
    return f"duty-{incident.key}" if incident else "duty"


def subject_of(matter: Matter) -> str:
    """What is owed, in the language spoken at the moment."""
    match matter.about:
        case About.PROMISE:
            return _("Promised update")
        case About.ENTRY:
            return str(matter.thing.step.name)
        case About.APPROVAL:
            return _("Approval of an update")
        case About.HELD:
            return _("Decision about an update that is held back")
        case About.POSTMORTEM:
            return _("Post-mortem")
        case About.COMMITMENT:
            return languages.spoken(matter.thing.text)
        case About.FOLLOW_UP:
            return _("Answer to a customer's feedback")
    return _("Review of %(plan)s") % {"plan": matter.plan}


def title_of(incident: Incident | None) -> str:
    if incident is None:
        return ""
    title = languages.spoken(incident.title)
    is_drill = incident.mode == Incident.Mode.DRILL
    return _("Drill: %(title)s") % {"title": title} if is_drill else title


def due_of(matter: Matter, responder: Responder) -> str:
    """The time as the person's own clocks show it; a day alone where only the day counts."""
    if matter.is_slow:
        return format_date(_local(matter.owed.due_at, responder), _("j F Y"))
    return clock_of(matter.owed.due_at, responder)


def clock_of(at: datetime | None, responder: Responder) -> str:
    return f"{_local(at, responder):%H:%M %Z}" if at else ""


def _local(at: datetime, responder: Responder) -> datetime:
    zone = zones.named(responder.contact.time_zone or settings.TIME_ZONE)
    return timezone.localtime(at, zones.Spoken(zone.key))


def of_call(*, matter: Matter, responder: Responder, why: str, url: str) -> Note:
    """What a call says, in the language of whoever is called; `why` is a whole sentence."""
    with override(responder.contact.language):
        sms = _asks() if sms_senders.takes_answers() else _tells()
        return _note(matter, responder, why, url, button=_("Answer now"), sms=sms)


def of_information(*, matter: Matter, responder: Responder, why: str, url: str) -> Note:
    """The same where nothing is asked of them."""
    with override(responder.contact.language):
        return _note(matter, responder, why, url, button=_("To the incident room"), sms=_tells())


def _note(
    matter: Matter, responder: Responder, why: str, url: str, *, button: str, sms: str
) -> Note:
    names = {
        "what": subject_of(matter),
        "title": title_of(matter.incident),
        "due": due_of(matter, responder),
        "organisation": settings.ORGANISATION_NAME,
        "url": url,
        "why": why,
    }
    headline = _("%(what)s is due: %(due)s") % names
    short = {**names, "title": names["title"][:_TITLE], "what": names["what"][:_TITLE]}
    return Note(
        subject=f"{headline} · {names['title']}" if names["title"] else headline,
        before=[headline + (f"\n{names['title']}" if names["title"] else ""), why],
        button=button,
        url=url,
        sms=sms % short,
    )


def _asks() -> str:
    return _(
        "%(organisation)s: %(what)s is due %(due)s. %(title)s\n%(why)s\n"
        "Reply 1 to take over, 2 and a reason to snooze, or open %(url)s"
    )


def _tells() -> str:
    return _("%(organisation)s: %(what)s is due %(due)s. %(title)s\n%(why)s\n%(url)s")


def understood(*, responder: Responder, call: DutyCall, words: str, now: datetime) -> None:
    """Answer a text with a text."""
    send(
        responder=responder,
        channels=[Channel.SMS],
        note=Note(subject=words, before=[], button="", url="", sms=words),
        facts={"call": call.pk, "is_answer": True},
        thread=thread(call.incident),
        lifetime=LIFETIME,
        now=now,
    )
