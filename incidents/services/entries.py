"""An entry of a timeline as it is released: its incident's row held, and its plan at hand."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, prefetch_related_objects

from incidents.models import Incident, PlanStep, TimelineEntry
from incidents.models.timeline import TimelineEntryQuerySet
from incidents.services import telling
from incidents.services.shared import Shared

State, Who, Trigger = TimelineEntry.State, PlanStep.Who, PlanStep.Trigger
_IS_HEAD = Exists(Incident.objects.filter(merged_into=OuterRef("incident")))


def claim(
    known: TimelineEntry, *, state: TimelineEntry.State, shared: Shared
) -> TimelineEntry | None:
    """Hold its incident's row, and read it anew; None if it is in another state by now."""
    incident = Incident.objects.select_for_update().get(pk=known.incident_id)
    found = incident.timeline.filter(pk=known.pk, state=state).annotate(is_head=_IS_HEAD)
    entry = next(iter(found), None)
    if entry is None:
        return None
    # Few are heads: what is known to be empty is never looked for, however often it is asked.
    incident.is_head = getattr(entry, "is_head", True)
    if incident.is_head:
        prefetch_related_objects([incident], "merged__plan")
    incident.plan, incident.lead = shared.plan_of(incident), shared.lead_of(incident)
    entry.step = next(step for step in incident.plan.steps.all() if step.pk == entry.step_id)
    if entry.update:
        entry.update.incident = incident
    return entry


def siblings(entry: TimelineEntry, story: datetime) -> list[TimelineEntry]:
    """Steps for other audiences that are due for the same reason say the same thing with it.

    What stands for a promised update is said to all who hear it, also where it was due later.
    """
    incident = entry.incident
    assert incident.plan, "an entry comes from a plan"
    steps = {step.pk: step for step in incident.plan.steps.all() if _may_go_along(step, entry.step)}
    if not steps:
        return []
    audience = telling.audience_of(entry.step, incident)
    others = list(_for_the_same_reason(entry, story).filter(step__in=steps))
    for other in others:
        other.step = steps[other.step_id]
    return [
        other for other in others if audience in ("", telling.audience_of(other.step, incident))
    ]


def tasks_with(entry: TimelineEntry, story: datetime) -> list[TimelineEntry]:
    """The other tasks that are due with one: given together, their people hear of them at once.

    What is repeated comes by itself, for its next repetition may be due already.
    """
    incident = entry.incident
    assert incident.plan, "an entry comes from a plan"
    if entry.step.repeat_every:
        return []
    once = (one for one in incident.plan.steps.all() if not one.repeat_every)
    steps = {one.pk: one for one in once if one.who == Who.TASK and one.trigger != Trigger.ENDS}
    due = incident.timeline.due(story).filter(step__in=steps).exclude(pk=entry.pk)
    others = list(due.order_by("due_at", "pk"))
    for other in others:
        other.incident, other.step = incident, steps[other.step_id]
    return others


def _may_go_along(step: PlanStep, first: PlanStep) -> bool:
    """What needs approval is asked about together, so that no readers are forgotten."""
    speaks = step.who == Who.AUTOMATIC or (step.who == first.who == Who.APPROVAL)
    # What keeps a promise goes out with what keeps one.
    fits = first.trigger != Trigger.PROMISE_DUE or step.trigger == Trigger.PROMISE_DUE
    return speaks and fits and step.pk != first.pk and step.survey_id is None


def _for_the_same_reason(entry: TimelineEntry, story: datetime) -> TimelineEntryQuerySet:
    is_planned = Q(state=State.PLANNED)
    may_wait = Q(state=State.WAITING, step__who=Who.APPROVAL)
    is_unsaid = ~Q(step__who=Who.APPROVAL) | Q(update=None)
    ours: TimelineEntryQuerySet = entry.incident.timeline.filter(is_planned | may_wait, is_unsaid)
    if entry.step.trigger == Trigger.PROMISE_DUE:
        return ours
    occasion = entry.slot.partition(":")[2]
    return ours.filter(slot__endswith=f":{occasion}", due_at__lte=story)
