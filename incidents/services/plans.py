from django.db.models import Prefetch, prefetch_related_objects

from incidents.models import Impact, Incident, Plan, PlanStep
from incidents.services import affected

_STEPS = PlanStep.objects.order_by("position", "pk").select_related("template", "survey")
_PARTS = ("rhythms", Prefetch("steps", _STEPS), "steps__segments", "steps__template__variants")
_ORDER = [Impact.NONE, Impact.MAINTENANCE, Impact.MINOR, Impact.MAJOR, Impact.CRITICAL]


class NoPlan(Exception):
    """No active plan fits the incident; activate one, or choose one by hand."""


class UnknownPlan(Exception):
    """There is no such plan; the message names those there are."""


def find(*, slug: str, version: int | None = None) -> Plan:
    """One version of a plan, whatever its status; without a version the active one.

    :raises UnknownPlan: there is none.
    """
    versions = Plan.objects.filter(slug=slug).order_by("-version")
    named = versions.active() if version is None else versions.filter(version=version)
    if found := named.first():
        return found
    if version is None:
        known = ", ".join(Plan.objects.active().values_list("slug", flat=True)) or "none"
        raise UnknownPlan(f"There is no active plan {slug!r}; active are: {known}.")
    known = ", ".join(str(one) for one in versions.values_list("version", flat=True)) or "none"
    raise UnknownPlan(f"There is no version {version} of the plan {slug!r}; there are: {known}.")


def read(*, plan_id: int) -> Plan:
    """A plan with its owner and parts, for all entries of a tick: in force, it never changes."""
    plan = Plan.objects.select_related("owner").get(pk=plan_id)
    read_parts(plan=plan)
    return plan


def read_parts(*, plan: Plan) -> None:
    """All that planning and telling ask of it, in a few queries, and once more in none."""
    prefetch_related_objects([plan], *_PARTS)


def choose(*, incident: Incident) -> Plan:
    """The active plan that fits best: one for its components or their dependents before one for
    any, then the one that asks for the highest impact.

    :raises NoPlan: none fits.
    """
    touched = set(incident.affected.values_list("component_id", flat=True))
    hurt = {segment.pk for segment in affected.audience(incident=incident)}
    impact = _ORDER.index(Impact(incident.impact))
    fitting = []
    active = Plan.objects.active().filter(kind=incident.kind, by_hand=False)
    for plan in active.prefetch_related("components", "segments"):
        components = {component.pk for component in plan.components.all()}
        segments = {segment.pk for segment in plan.segments.all()}
        minimum = _ORDER.index(Impact(plan.minimum_impact))
        fits = (not components or components & touched) and (not segments or segments & hurt)
        if minimum <= impact and fits:
            fitting.append((len([*filter(None, (components, segments))]), minimum, plan.pk, plan))
    if not fitting:
        raise NoPlan(str(incident))
    return max(fitting)[-1]
