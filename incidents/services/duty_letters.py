"""What our own people are told when they are called: short, by e-mail and by text message."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from audiences import languages, zones
from audiences.models import Channel
from incidents.models import DutyCall, Incident, Postmortem, Responder
from incidents.services import responders
from incidents.services.facts import mark
from incidents.services.matters import Matter
from incidents.services.responders import Roster
from messaging.channels import sms_senders
from messaging.models import Broadcast, Template
from messaging.services import letters, staff_words
from messaging.services.letters import Letter, Words

About = DutyCall.About
Stage: TypeAlias = Template.Stage
_SUBJECTS = {
    About.PROMISE: gettext_lazy("Promised update"),
    About.SILENCE: gettext_lazy("First word to customers"),
    About.APPROVAL: gettext_lazy("Approval of an update"),
    About.HELD: gettext_lazy("Decision about an update that is held back"),
    About.FOLLOW_UP: gettext_lazy("Answer to a customer's feedback"),
}
# Who is asked for a decision makes it, where the words are shown: no short answer stands for it.
DECISIONS = frozenset({About.APPROVAL, About.HELD})
# A text about what was due long ago helps nobody.
LIFETIME, SLOW_LIFETIME = timedelta(hours=2), timedelta(days=2)


@dataclass(frozen=True)
class Page:
    """Where a letter leads, and what its button says in whatever language is spoken."""

    url: str
    button: str | Promise


def send(
    *,
    responder: Responder,
    channels: Sequence[str],
    words: Words,
    facts: dict[str, object],
    thread: str,
    lifetime: timedelta,
    now: datetime,
) -> None:
    """Send one letter by every channel, before everything else."""
    for channel in channels:
        letter = Letter(
            contact=responder.contact,
            channel=channel,
            language=responder.contact.spoken,
            words=words,
            thread=thread,
            facts=facts,
            purpose=Broadcast.Purpose.DUTY,
            lifetime=lifetime,
        )
        letters.send(letter=letter, now=now)


def tell(
    *,
    user: User,
    stage: Stage,
    incident: Incident,
    known: Callable[[Responder], Mapping[str, str]],
    roster: Roster,
    now: datetime,
    is_urgent: bool = True,
    page: Page | None = None,
) -> None:
    """Write to one of our own about an incident, if they can be reached; nothing is asked back.

    It leads to the incident's room, unless to another page.
    `known` are the facts beside the incident's own, in the language spoken when it is called.
    """
    responder = roster.by_user.get(user.pk)
    problem = responders.unreachable(
        user, roster=roster, incident=incident, is_urgent=is_urgent, publishes=False
    )
    if responder is None or problem or incident.mode == Incident.Mode.REPLAY:
        return
    language, url = responder.contact.spoken, page.url if page else room_url(incident)
    with override(language):
        facts = {"title": title_of(incident), "mark": mark(incident), **known(responder)}
        words = staff_words.words(stage=stage, language=language, facts=facts, url=url)
        words = replace(words, button=str(page.button)) if page else words
    send(
        responder=responder,
        channels=roster.channels(responder, is_urgent=is_urgent),
        words=words,
        facts={},
        thread=thread(incident),
        lifetime=LIFETIME if is_urgent else SLOW_LIFETIME,
        now=now,
    )


def room_url(incident: Incident) -> str:
    return settings.PUBLIC_BASE_URL + reverse("admin:incidents_incident_room", args=[incident.pk])


def thread(incident: Incident | None) -> str:
    return f"duty-{incident.key}" if incident else "duty"


def subject_of(matter: Matter) -> str:
    """What is owed, in the language spoken at the moment."""
    match matter.about:
        case About.ENTRY | About.TASK:
            return str(matter.thing.step.name)
        case About.COMMITMENT:
            return languages.spoken(matter.thing.text)
        case About.REVIEW:
            return _("Review of %(plan)s") % {"plan": matter.plan}
        case About.POSTMORTEM:
            return owed_of(matter.thing)
    return str(_SUBJECTS[About(matter.about)])


def owed_of(postmortem: Postmortem) -> str:
    if postmortem.is_with_reviewer:
        return _("Review of the post-mortem")
    return _("Post-mortem")


def title_of(incident: Incident | None) -> str:
    return str(incident) if incident else ""


def named(matter: Matter, responder: Responder) -> str:
    """What is owed until when, and in which incident: in one line."""
    what = f"{subject_of(matter)} {due_of(matter, responder)}"
    title = title_of(matter.incident)
    return _("%(what)s, “%(title)s”") % {"what": what, "title": title} if title else what


def due_of(matter: Matter, responder: Responder) -> str:
    """The time as the person's own clocks show it; a day alone where only the day counts."""
    if matter.is_slow:
        return day_of(matter.owed.due_at, responder)
    return clock_of(matter.owed.due_at, responder)


def day_of(at: datetime, responder: Responder) -> str:
    return format_date(_local(at, responder), _("j F Y"))


def clock_of(at: datetime | None, responder: Responder) -> str:
    return f"{_local(at, responder):%H:%M %Z}" if at else ""


def _local(at: datetime, responder: Responder) -> datetime:
    zone = zones.named(responder.contact.zone)
    return timezone.localtime(at, zones.Spoken(zone.key))


def of_call(*, matter: Matter, responder: Responder, stage: Stage, why: str, url: str) -> Words:
    """What a call says, in the language of whoever is called; `why` is a whole sentence."""
    language = responder.contact.spoken
    with override(language):
        facts = _of_matter(matter, responder, why)
        if sms_senders.takes_answers() and matter.about not in DECISIONS:
            facts["can_reply"] = _("yes")
    return staff_words.words(stage=stage, language=language, facts=facts, url=url)


def of_information(*, matter: Matter, responder: Responder, why: str, url: str) -> Words:
    """That the plan has spoken; nothing is asked back."""
    language = responder.contact.spoken
    with override(language):
        facts = _of_matter(matter, responder, why)
    return staff_words.words(stage=Stage.DUTY_HOLDING, language=language, facts=facts, url=url)


def stage_of(matter: Matter, *, before: User | None, user: User) -> Stage:
    """Which template says it to `user`, where `before` was to answer for it until now."""
    if matter.about in DECISIONS:
        return Stage.DUTY_APPROVAL
    if matter.is_slow:
        return Stage.DUTY_REVIEW
    return Stage.DUTY_REMINDER if before in (None, user) else Stage.DUTY_CALL


def _of_matter(matter: Matter, responder: Responder, why: str) -> dict[str, str]:
    return {
        "what": subject_of(matter) or str(About(matter.about).label),
        "title": title_of(matter.incident),
        "mark": mark(matter.incident) if matter.incident else "",
        "due": due_of(matter, responder),
        "why": why,
    }


def understood(*, responder: Responder, call: DutyCall, words: str, now: datetime) -> None:
    """Answer a text with a text."""
    send(
        responder=responder,
        channels=[Channel.SMS],
        words=Words(subject=words, button="", sms_text=words),
        facts={"call": call.pk, "is_answer": True},
        thread=thread(call.incident),
        lifetime=LIFETIME,
        now=now,
    )
