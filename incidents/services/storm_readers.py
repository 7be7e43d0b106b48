"""Who hears the head of a storm in place of what is told within it.

Its own plan says which step tells whom; who is only named by the plan of another incident of the
storm is told along, by the step that tells the same kind of reader. So nobody reads what was
written for others: technical detail still goes to segments that are entitled to it alone.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from audiences.models import AudienceKind, Contact, Segment
from incidents.models import Incident, PlanStep
from incidents.services import affected
from messaging.models import Template

Trigger = PlanStep.Trigger
OUTSIDE = frozenset({AudienceKind.CUSTOMER, AudienceKind.PARTNER})
# By these an incident is told while it lasts; what follows its end is told by its head's plan.
_WHILE_IT_LASTS = (
    Trigger.OPENED,
    Trigger.UPDATE_PUBLISHED,
    Trigger.STATUS_REACHED,
    Trigger.PROMISE_DUE,
)


def told_along(*, step: PlanStep, incident: Incident) -> set[Segment]:
    """The segments of the others' plans that this step of the head tells in their place.

    On each channel a segment is told by one step of an occasion, as far as that can be.
    """
    named = _named_by_others(incident)
    if not named:
        return set()
    steps, hit = _same_occasion(step), _affected(incident)
    return {
        segment
        for segment, channels in named.items()
        if step in _tellers(segment, channels, steps, hit)[0]
    }


def unheard(*, incident: Incident, kinds: Collection[str] = OUTSIDE) -> QuerySet[Contact]:
    """Which readers of these kinds hear an update of one of the others by its own plan, and would
    hear none of the head's: its plan tells nobody like them, or not by the channel they chose."""
    assert incident.plan, "only what is open is told"
    plain = incident.plan.steps.filter(trigger=Trigger.UPDATE_PUBLISHED)
    steps, hit = _speaking(plain), _affected(incident)
    heard, missed = Q(pk__in=()), Q(pk__in=())
    for segment, channels in _named_by_others(incident, Trigger.UPDATE_PUBLISHED).items():
        tellers, left = _tellers(segment, channels, steps, hit)
        lost = left if segment.kind in kinds else ()
        missed = reduce(or_, (segment.names(channel) for channel in lost), missed)
        heard = _names([segment], tellers, heard)
    for one in steps:
        heard = _names(_own(one, hit), [one], heard)
    return Contact.objects.filter(missed).exclude(heard)


def _names(segments: Sequence[Segment], steps: Sequence[PlanStep], before: Q) -> Q:
    named = (seg.names(channel) for one in steps for channel in one.channels for seg in segments)
    return reduce(or_, named, before)


def _named_by_others(incident: Incident, *triggers: PlanStep.Trigger) -> Mapping[Segment, set[str]]:
    """Whom the plans of the others tell while it lasts, and by which channels."""
    named: dict[Segment, set[str]] = defaultdict(set)
    for other in incident.together()[1:]:
        assert other.plan, "only what is open is told"
        steps = other.plan.steps.filter(trigger__in=triggers or _WHILE_IT_LASTS)
        hit = _affected(other)
        for step in _speaking(steps):
            for segment in _own(step, hit):
                named[segment] |= set(step.channels)
    return named


def _affected(incident: Incident) -> list[Segment]:
    return sorted(affected.audience(incident=incident), key=lambda segment: segment.pk)


def _own(step: PlanStep, hit: Sequence[Segment]) -> list[Segment]:
    return [*step.segments.all(), *(hit if step.tells_affected else ())]


def _speaking(steps: QuerySet[PlanStep]) -> list[PlanStep]:
    told = steps.exclude(who=PlanStep.Who.TASK).exclude(template=None)
    notices = told.exclude(template__stage__in=Template.ASKING)
    return list(notices.prefetch_related("segments").order_by("position", "pk"))


def _same_occasion(step: PlanStep) -> list[PlanStep]:
    steps = step.plan.steps.filter(trigger=step.trigger, status=step.status, offset=step.offset)
    return _speaking(steps)


def _tellers(
    segment: Segment, channels: set[str], steps: Sequence[PlanStep], hit: Sequence[Segment]
) -> tuple[list[PlanStep], set[str]]:
    """The steps that take a segment along, and the channels by which none does."""
    natural = [step for step in steps if segment in _own(step, hit)]
    taken = {channel for step in natural for channel in step.channels}
    wanted, found = channels - taken, []
    for step in _of_its_kind(segment, steps):
        if wanted & set(step.channels) and not taken & set(step.channels):
            found.append(step)
            taken |= set(step.channels)
            wanted -= taken
    return found, wanted


def _of_its_kind(segment: Segment, steps: Sequence[PlanStep]) -> list[PlanStep]:
    """Those that tell its kind of reader; where none does, those that customers read as well."""
    kinds = {step.pk: {one.kind for one in step.segments.all()} for step in steps}
    same = [step for step in steps if segment.kind in kinds[step.pk]]
    open_ = [step for step in steps if step.tells_affected or kinds[step.pk] & OUTSIDE]
    return same or open_
