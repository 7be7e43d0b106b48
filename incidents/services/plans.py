from incidents.models import Impact, Incident, Plan

_ORDER = [Impact.NONE, Impact.MAINTENANCE, Impact.MINOR, Impact.MAJOR, Impact.CRITICAL]


class NoPlan(Exception):
    """No active plan fits the incident; activate one, or choose one by hand."""


def choose(*, incident: Incident) -> Plan:
    """The active plan that fits best: one for its components before one for any, then the one
    that asks for the highest impact.

    :raises NoPlan: none fits.
    """
    touched = set(incident.affected.values_list("component_id", flat=True))
    impact = _ORDER.index(Impact(incident.impact))
    fitting = []
    for plan in Plan.objects.active().filter(kind=incident.kind).prefetch_related("components"):
        wanted = {component.pk for component in plan.components.all()}
        minimum = _ORDER.index(Impact(plan.minimum_impact))
        if minimum <= impact and (not wanted or wanted & touched):
            fitting.append((bool(wanted), minimum, plan.pk, plan))
    if not fitting:
        raise NoPlan(str(incident))
    return max(fitting)[-1]
