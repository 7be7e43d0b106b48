"""How long customers waited for a word, and how long the plan lets them wait."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from audiences.models import AudienceKind
from incidents.models import Incident, PlanStep, Status, Update
from incidents.models.plans import Kind
from incidents.models.status import FINAL
from incidents.services import promises, timeline

_HEARD = frozenset({"", AudienceKind.CUSTOMER})
_WORK = (Status.IN_PROGRESS, Status.VERIFYING)


@dataclass(frozen=True)
class Silence:
    """A time in which customers heard nothing. `rung` is how long after a broken promise the plan
    speaks by itself; None where it does not, or not any more: its bound is used up.
    """

    began_at: datetime
    ended_at: datetime
    rhythm: timedelta
    grace: timedelta
    rung: timedelta | None

    @property
    def length(self) -> timedelta:
        return self.ended_at - self.began_at

    @property
    def is_too_long(self) -> bool:
        """Longer than the plan's rhythm; a tick or two may pass."""
        return self.length > self.rhythm + self.grace

    @property
    def is_unguarded(self) -> bool:
        """Nobody would have spoken, however long it took."""
        return self.rung is None

    @property
    def overrun(self) -> timedelta:
        """By how much it was longer than the rhythm and the last rung, though the plan had
        something left to say."""
        if self.rung is None:
            return timedelta(0)
        return max(self.length - self.rhythm - self.rung - self.grace, timedelta(0))


def of(*, incident: Incident, until: datetime) -> list[Silence]:
    """Every silence of an incident up to a moment of its story, in order.

    A maintenance is silent only while work is done: until then nothing is the matter. While another
    incident tells it, the silences are those of that one. Reads
    `updates`, the plan's `rhythms` and its `steps` with their `segments`, prefetched or not.
    """
    ends = (until, incident.resolved_at, incident.merged_at)
    end = min(at for at in ends if at)
    heard = [update for update in heard_of(incident) if update.published_at <= end]
    began = _began_at(incident, heard)
    if began is None or began > end:
        return []
    return list(_silences(incident, began, heard, end))


def longest(silences: Sequence[Silence]) -> Silence | None:
    return max(silences, key=lambda silence: silence.length, default=None)


def heard_of(incident: Incident) -> list[Update]:
    """What customers heard, in order."""
    public = [
        update
        for update in incident.updates.all()
        if update.is_published and update.audience in _HEARD and not update.corrects_id
    ]
    return sorted(public, key=lambda update: (update.published_at, update.pk))


def _began_at(incident: Incident, heard: Sequence[Update]) -> datetime | None:
    if incident.kind == Kind.INCIDENT:
        return incident.opened_at
    return next((update.published_at for update in heard if update.status in _WORK), None)


def _silences(
    incident: Incident, began: datetime, heard: Sequence[Update], end: datetime
) -> Iterator[Silence]:
    rhythms = promises.rhythms(incident.plan)
    rung, bound = _last_rung(incident)
    for start, stop in _gaps(began, [one for one in heard if one.published_at > began], end):
        used = _in_a_row([update for update in heard if update.published_at <= start])
        yield Silence(
            began_at=start,
            ended_at=stop,
            rhythm=rhythms.of(
                impact=incident.impact,
                audience=AudienceKind.CUSTOMER,
                lasted=start - (incident.opened_at or start),
            ),
            grace=incident.grace,
            rung=rung if used < bound else None,
        )


def _gaps(
    began: datetime, heard: Sequence[Update], end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """After an all-clear nobody waits for a word, until the incident goes on again."""
    start: datetime | None = began
    for update in heard:
        if start:
            yield start, heard_again(update)
        start = None if update.status in FINAL else update.published_at
    if start:
        yield start, end


def heard_again(update: Update) -> datetime:
    """When the silence before an update ended: if another incident told it until then, with the
    word that said so."""
    since = update.proposal.get("told_within_since")
    return datetime.fromisoformat(since) if since else update.published_at


def _last_rung(incident: Incident) -> tuple[timedelta | None, int]:
    """How long after a promise the plan speaks to customers by itself, and how often in a row."""
    steps = incident.plan.steps.all() if incident.plan else []
    holding = [
        (step.offset, step.repeat_limit)
        for step in steps
        if step.trigger == PlanStep.Trigger.PROMISE_DUE
        and step.who == PlanStep.Who.AUTOMATIC
        and tells_customers(step)
    ]
    return min(holding, key=lambda each: each[0]) if holding else (None, 0)


def tells_customers(step: PlanStep) -> bool:
    kinds = timeline.kinds_of(step)
    return not kinds or AudienceKind.CUSTOMER in kinds


def _in_a_row(heard: Sequence[Update]) -> int:
    """How many holding statements customers heard since a person last wrote."""
    count = 0
    for update in reversed(heard[1:]):
        if update.origin != Update.Origin.PLAN:
            break
        count += 1
    return count
