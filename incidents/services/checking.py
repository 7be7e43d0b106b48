"""What the check says about an update before it is published, in each language it has."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from audiences import languages
from incidents.models import Component, Impact, Incident, Status, Update
from incidents.models.components import worst_impact
from incidents.models.plans import Kind
from messaging import check
from messaging.models import HouseWord, Template

Stage = Template.Stage
_STAGES = {
    Status.IDENTIFIED: Stage.IDENTIFIED,
    Status.MONITORING: Stage.MONITORING,
    Status.RESOLVED: Stage.RESOLVED,
    Status.POSTMORTEM: Stage.POSTMORTEM,
    Status.IN_PROGRESS: Stage.STARTED,
    Status.VERIFYING: Stage.VERIFYING,
    Status.COMPLETED: Stage.COMPLETED,
    Status.CANCELLED: Stage.CANCELLED,
}


def read(
    *, update: Update, statuses: Mapping[int, str], now: datetime
) -> dict[str, list[check.Finding]]:
    """Findings by language, those that must be mended first; languages without one are left out.

    `update` is as updates.written() makes it, not stored; `statuses` are those that it gives to
    components. `now` is story time.
    """
    incident = update.incident
    words = _words()
    stage, impact = stage_of(update), _impact(incident, statuses)
    found = {}
    for code in languages.codes():
        draft = check.Draft(
            text=update.public_text.get(code, ""),
            language=code,
            stage=stage,
            now=now,
            status=update.status,
            impact=impact,
            next_update_at=update.next_update_due_at,
            components=list(incident.components.values_list("name", flat=True)),
            effect=_fact(update, "effect", code),
            workaround=_fact(update, "workaround", code),
            internal_words=words[HouseWord.Kind.INTERNAL],
            public_words=words[HouseWord.Kind.PUBLIC],
        )
        if findings := check.read(draft):
            found[code] = findings
    return found


def stage_of(update: Update) -> Stage:
    """Where in the story it stands: the first word, a turn, or a word in between."""
    incident = update.incident
    is_first = not incident.updates.public().exists()
    if is_first and update.status in (Status.INVESTIGATING, Status.SCHEDULED):
        is_work = incident.kind == Kind.MAINTENANCE
        return Stage.ANNOUNCE if is_work else Stage.ACKNOWLEDGE
    turns = update.status != incident.status or update.status in (Status.RESOLVED, Status.COMPLETED)
    return _STAGES.get(Status(update.status), Stage.UPDATE) if turns or is_first else Stage.UPDATE


def _fact(update: Update, name: str, code: str) -> str:
    """A fact as the update leaves it."""
    texts = update.proposal.get(name, getattr(update.incident, name))
    return languages.pick(texts or {}, code)


def _impact(incident: Incident, statuses: Mapping[int, str]) -> str:
    """How bad it is as the update leaves it."""
    if incident.impact_override:
        return incident.impact_override
    rows = incident.affected.values_list("component_id", "status")
    left = [statuses.get(component, status) for component, status in rows]
    known = [status for status in left if status in Component.Status.values]
    return worst_impact(known) if known else Impact(incident.impact)


def _words() -> dict[str, Sequence[str]]:
    rows = list(HouseWord.objects.values_list("kind", "word"))
    return {kind: [word for of, word in rows if of == kind] for kind in HouseWord.Kind.values}
