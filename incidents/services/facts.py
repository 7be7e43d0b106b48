"""An incident's facts as flat texts, one set per language: what a message may say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from audiences import languages
from audiences.zones import moment
from incidents.models import (
    Commitment,
    Component,
    Impact,
    Incident,
    ScheduleChange,
    Status,
    Update,
)
from incidents.models.facts import facts_of
from incidents.services import known_times, promises


@dataclass(frozen=True)
class Facts:
    """Everything a template may ask for: flat texts by name, one set per language of the site.

    `moments` are those that the texts name in our zone, each with the one on whose day it is read.
    """

    texts: dict[str, dict[str, str]]
    moments: list[tuple[datetime, datetime]]


def build(
    *,
    incident: Incident,
    update: Update | None,
    kinds: frozenset[str] = frozenset(),
    commitment: Commitment | None = None,
    change: ScheduleChange | None = None,
    components: Sequence[Component] | None = None,
) -> Facts:
    """What is known of an incident as an update leaves it.

    `kinds` are those of the audience: each is told when it hears again, in its own rhythm.
    `commitment` is the one whose delivery is told.
    `change` is the one of the schedule that is told: with it come the old times and the reason.
    `components` are those it touches, where they were read already: see `touched()`.
    """
    times = _times(incident, update, kinds, change)
    promised = times["next_update"][0]
    slower = promises.slowed(update=update, kinds=kinds, due_at=promised) if update else None
    components = touched(incident=incident) if components is None else components
    texts = {}
    for code in languages.codes():
        with override(code):
            texts[code] = {name: moment(*pair) for name, pair in times.items()}
            texts[code] |= _in_language(code, incident, update, components)
            texts[code] |= _delivered(code, commitment)
            texts[code]["next_update"] = _next_word(texts[code]["next_update"], slower)
            texts[code]["reason"] = languages.pick(change.reason, code) if change else ""
    return Facts(texts, [(at, seen_at) for at, seen_at in times.values() if at])


def touched(*, incident: Incident) -> list[Component]:
    return [row.component for row in incident.touched()]


def _times(
    incident: Incident,
    update: Update | None,
    kinds: frozenset[str],
    change: ScheduleChange | None,
) -> dict[str, tuple[datetime | None, datetime]]:
    """What `zones.moment()` makes words of."""
    said_at = update.published_at if update else incident.started_at
    old_for, old_until = known_times.known_before(change=change) if change else (None, None)
    return {
        "next_update": (promises.to(update=update, kinds=kinds) if update else None, said_at),
        "started": (incident.started_at, said_at),
        "resolved": (incident.resolved_at, said_at),
        "rolled_back": (incident.rolled_back_at, said_at),
        "scheduled_for": (incident.scheduled_for, said_at),
        "scheduled_until": (incident.scheduled_until, incident.scheduled_for or said_at),
        "wrong_at": (update.corrects.published_at, said_at)
        if update and update.corrects
        else (None, said_at),
        "old_for": (old_for, change.changed_at if change else said_at),
        "old_until": (old_until, old_for or said_at),
    }


def incident_url(incident: Incident) -> str:
    return f"{settings.PUBLIC_BASE_URL}/incidents/{incident.key}/"


def short_url(incident: Incident) -> str:
    """The same where every character is paid for."""
    return f"{settings.PUBLIC_BASE_URL}/i/{incident.key}"


def mark(incident: Incident) -> str:
    """What stands before everything that is said of it, so that nobody takes it for real."""
    return _("Drill") if incident.mode == Incident.Mode.DRILL else ""


def _in_language(
    code: str,
    incident: Incident,
    update: Update | None,
    components: Sequence[Component],
) -> dict[str, str]:
    return {
        "title": languages.pick(incident.title, code),
        "status": str(Status(update.status if update else incident.status).label),
        "impact": str(Impact(incident.impact).label),
        "components": listed([component.name for component in components]),
        **{name: languages.pick(texts, code) for name, texts in facts_of(incident).items()},
        "cause": languages.pick(incident.told_cause, code),
        "work": languages.pick(incident.work, code),
        "risk": languages.pick(incident.risk, code),
        "rollback": languages.pick(incident.rollback, code),
        "self_help": "" if incident.is_over else self_help(components, code),
        "incident_url": incident_url(incident) if incident.mode == Incident.Mode.REAL else "",
        "short_url": short_url(incident) if incident.mode == Incident.Mode.REAL else "",
        "organisation": settings.ORGANISATION_NAME,
        "mark": mark(incident),
        **_written(code, update),
    }


def _delivered(code: str, commitment: Commitment | None) -> Mapping[str, str]:
    if commitment is None:
        return {"commitment": "", "outcome": ""}
    return {
        "commitment": languages.pick(commitment.text, code),
        "outcome": languages.pick(commitment.outcome, code),
    }


def self_help(components: Iterable[Component], code: str) -> str:
    """What customers can do alone while these are away, as Markdown."""
    hints = {languages.pick(component.hint, code).strip() for component in components}
    return "\n\n".join(sorted(hint for hint in hints if hint))


def _written(code: str, update: Update | None) -> Mapping[str, str]:
    if update is None:
        return {"update": "", "technical": ""}
    return {
        "update": languages.pick(update.public_text, code),
        "technical": languages.pick(update.technical_text, code),
    }


def listed(names: list[str]) -> str:
    """Several names in one sentence."""
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def _next_word(said: str, slower: timedelta | None) -> str:
    if slower is None:
        return said
    return _("%(moment)s (from now on %(rhythm)s)") % {"moment": said, "rhythm": every(slower)}


def every(interval: timedelta) -> str:
    minutes = max(round(interval / timedelta(minutes=1)), 1)
    if minutes % 60 or minutes == 60:
        return ngettext("every %(n)s minute", "every %(n)s minutes", minutes) % {"n": minutes}
    return ngettext("every %(n)s hour", "every %(n)s hours", minutes // 60) % {"n": minutes // 60}
