"""The state of everything in one line, by Statuspage's public rules; the first match wins."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.models import Component, Impact

S = Component.Status


@dataclass(frozen=True)
class Overall:
    indicator: Impact
    description: str | Promise


_FINE = Overall(Impact.NONE, _("All Systems Operational"))
_MAINTENANCE = Overall(Impact.MAINTENANCE, _("Service Under Maintenance"))
_MINOR = Overall(Impact.MINOR, _("Minor Service Outage"))
_PARTIAL = Overall(Impact.MAJOR, _("Partial System Outage"))
_MAJOR = Overall(Impact.CRITICAL, _("Major System Outage"))
_DEGRADED = Overall(Impact.MINOR, _("Degraded System Service"))
_PARTLY_DEGRADED = Overall(Impact.MINOR, _("Partially Degraded Service"))

# From the worst status down: what it means when all components share it, and when only some do.
_BY_STATUS = {
    S.MAJOR_OUTAGE: (_MAJOR, _PARTIAL),
    S.PARTIAL_OUTAGE: (_PARTIAL, _MINOR),
    S.DEGRADED_PERFORMANCE: (_DEGRADED, _PARTLY_DEGRADED),
    S.UNDER_MAINTENANCE: (_MAINTENANCE, _MAINTENANCE),
}
_BY_IMPACT = {
    Impact.CRITICAL: _MAJOR,
    Impact.MAJOR: _PARTIAL,
    Impact.MINOR: _MINOR,
    Impact.MAINTENANCE: _MAINTENANCE,
}


def overall(*, statuses: Collection[str], impacts: Collection[str]) -> Overall:
    """Judge by the components; by the impact of what is going on where they all look fine."""
    for status, (for_all, for_some) in _BY_STATUS.items():
        if status in statuses:
            return for_all if _is_shared_by_all(status, statuses) else for_some
    return next((_BY_IMPACT[impact] for impact in _BY_IMPACT if impact in impacts), _FINE)


def _is_shared_by_all(status: str, statuses: Collection[str]) -> bool:
    # A single slow component is "partially degraded" even where there is no other.
    enough = len(statuses) > 1 or status != S.DEGRADED_PERFORMANCE
    return enough and all(each == status for each in statuses)
