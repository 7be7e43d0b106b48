"""Who is to hear of a maintenance how long before, by contract, and who would hear too late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from audiences.models import Account
from incidents.models import Incident, LeadTime, MaintenanceSeries, Plan
from incidents.models.plans import Kind
from incidents.services import affected, plans

# More are counted, not named.
MOST_NAMED = 50


@dataclass(frozen=True)
class TooLate:
    """Accounts of one tier that would hear later than agreed; the first of them by name."""

    tier: str
    notice: timedelta
    ahead: timedelta
    count: int
    accounts: Sequence[Account]


def missed(*, incident: Incident, starts_at: datetime, told_at: datetime) -> list[TooLate]:
    """The tiers that would be told too late, if they hear at `told_at` of a start at `starts_at`.

    Both are story time. Without a plan nothing was agreed.
    """
    plan = _plan(incident)
    if plan is None:
        return []
    ahead = max(starts_at - told_at, timedelta(0))
    short = plan.lead_times.filter(notice__gt=ahead).order_by("-notice")
    found = [_too_late(incident, lead_time, ahead) for lead_time in short]
    return [one for one in found if one.count]


def hurried(*, series: MaintenanceSeries) -> LeadTime | None:
    """The longest notice that a plan which can lead it agrees, if no draft of the series is made
    before it: each would be too late from its first moment."""
    active = Plan.objects.active().filter(kind=Kind.MAINTENANCE)
    if series.plan:
        leading = active.filter(slug=series.plan.slug)
    else:
        fits = Q(components=None) | Q(components__in=series.components.all())
        leading = active.filter(fits, by_hand=False)
    agreed = LeadTime.objects.filter(plan__in=leading, notice__gte=series.ahead)
    return agreed.select_related("plan").order_by("-notice").first()


def _plan(incident: Incident) -> Plan | None:
    try:
        return incident.plan or plans.choose(incident=incident)
    except plans.NoPlan:
        return None


def _too_late(incident: Incident, lead_time: LeadTime, ahead: timedelta) -> TooLate:
    concerned = affected.accounts(incident=incident).filter(tier=lead_time.tier)
    return TooLate(
        tier=lead_time.tier,
        notice=lead_time.notice,
        ahead=ahead,
        count=concerned.count(),
        accounts=list(concerned[:MOST_NAMED]),
    )
