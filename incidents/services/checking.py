"""What the check says about an update before it is published, in each language it has."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from audiences import languages
from audiences.models import AudienceKind
from incidents.models import Status, Update
from incidents.models.plans import Kind
from incidents.services import proposals
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
    incident = proposals.as_it_would_be(update=update, statuses=statuses)
    words, stage = _house_words(), stage_of(update)
    found = {}
    for code in languages.codes():
        draft = check.Draft(
            text=update.public_text.get(code, ""),
            language=code,
            stage=stage,
            now=now,
            status=update.status,
            impact=incident.impact,
            is_public=update.audience != AudienceKind.INTERNAL,
            next_update_at=update.next_update_due_at,
            components=[row.component.name for row in incident.touched()],
            effect=languages.pick(incident.effect, code),
            action=languages.pick(incident.action, code),
            workaround=languages.pick(incident.workaround, code),
            technical=list(incident.technical_cause.values()),
            systems=list(incident.systems.values()),
            internal_words=words[HouseWord.Kind.INTERNAL],
            public_words=words[HouseWord.Kind.PUBLIC],
        )
        if findings := check.read(draft):
            found[code] = findings
    return found


def binding(
    *,
    update: Update,
    statuses: Mapping[int, str],
    now: datetime,
    rules: Collection[str],
) -> dict[str, list[check.Finding]]:
    """Those of the findings with which it does not go out if these rules bind."""
    found = read(update=update, statuses=statuses, now=now)
    bound = {
        code: [one for one in findings if one.rule in rules] for code, findings in found.items()
    }
    return {code: findings for code, findings in bound.items() if findings}


def bound_by(update: Update) -> set[str]:
    """The rules that advise no longer, but bind: by its plan, or always.

    What was not meant for its readers is taken back whatever the plan says of style.
    """
    plan = None if update.withdraws else update.incident.plan
    return always_binding() | set(plan.binding_rules if plan else ())


def always_binding() -> set[str]:
    """Those that keep internal words from customers."""
    return {slug for slug, rule in check.RULES.items() if rule.always_binds}


def stage_of(update: Update) -> Stage:
    """Where in the story it stands: the first word, a turn, or a word in between."""
    incident = update.incident
    if update.corrects_id or update.proposal.get("corrects_words"):
        return Stage.CORRECTION
    is_first = not incident.updates.public().exists()
    if is_first and update.status in (Status.INVESTIGATING, Status.SCHEDULED):
        is_work = incident.kind == Kind.MAINTENANCE
        return Stage.ANNOUNCE if is_work else Stage.ACKNOWLEDGE
    turns = update.status != incident.status or update.status in (Status.RESOLVED, Status.COMPLETED)
    return _STAGES.get(Status(update.status), Stage.UPDATE) if turns or is_first else Stage.UPDATE


def _house_words() -> dict[str, Sequence[str]]:
    rows = list(HouseWord.objects.values_list("kind", "word"))
    return {kind: [word for of, word in rows if of == kind] for kind in HouseWord.Kind.values}
