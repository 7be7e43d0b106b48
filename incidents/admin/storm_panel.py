"""What an incident is told with, as its room and the dashboard show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import ngettext

from audiences.admin.moments import brief
from audiences.languages import spoken
from incidents.models import Incident, PlanStep
from incidents.models.plans import Kind
from incidents.services import storm_readers, storms

# For how long after its opening an incident's room proposes to tell it with another one.
FRESH = timedelta(hours=2)


def address(into: Incident, *incidents: Incident) -> str:
    """Where incidents are told within another one."""
    page = reverse("admin:incidents_incident_together", args=[into.pk])
    return f"{page}?{urlencode([('with', one.pk) for one in incidents])}"


@dataclass(frozen=True)
class Told:
    """An incident of a storm, as the room of another one names it."""

    incident: Incident
    since: str = ""

    @property
    def title(self) -> str:
        return spoken(self.incident.title)

    @property
    def url(self) -> str:
        return reverse("admin:incidents_incident_room", args=[self.incident.pk])

    @property
    def publish_url(self) -> str:
        return reverse("admin:incidents_incident_publish", args=[self.incident.pk])

    @property
    def apart_url(self) -> str:
        return reverse("admin:incidents_incident_apart", args=[self.incident.pk])


@dataclass(frozen=True)
class Standing:
    """Where an incident is told, what is told within it, and what it could be told with."""

    head: Told | None
    within: Sequence[Told]
    likely: Told | None
    likely_url: str
    can_join: bool


def standing(incident: Incident, clock: datetime) -> Standing:
    head = incident.merged_into
    within = incident.merged.order_by("merged_at", "pk")
    is_open = not (incident.is_draft or incident.is_over) and incident.kind == Kind.INCIDENT
    can_join = is_open and head is None
    likely = _likely(incident, clock) if can_join and not within else None
    return Standing(
        head=Told(head, brief(incident.merged_at, clock)) if head else None,
        within=[Told(one, brief(one.merged_at, clock)) for one in within],
        likely=Told(likely) if likely else None,
        likely_url=address(likely, incident) if likely else "",
        can_join=can_join,
    )


def _likely(incident: Incident, clock: datetime) -> Incident | None:
    is_fresh = incident.opened_at is not None and clock - incident.opened_at < FRESH
    return storms.likely_head(incident=incident) if is_fresh else None


def told_along(incident: Incident, *, is_poll: bool) -> dict[int, list[str]]:
    """By step, the lists of the others' plans that it tells in their place; looked up like what is
    expected, when somebody opens the page."""
    if not incident.merged.exists() or incident.plan is None:
        return {}
    key = f"along-{incident.pk}"
    found: dict[int, list[str]] | None = cache.get(key) if is_poll else None
    if found is None:
        steps = incident.plan.steps.exclude(who=PlanStep.Who.TASK)
        along = {step.pk: storm_readers.told_along(step=step, incident=incident) for step in steps}
        found = {pk: sorted(segment.name for segment in some) for pk, some in along.items()}
        cache.set(key, found, timeout=60)
    return found


def more(number: int) -> str:
    """That a row stands for others, too."""
    words = ngettext("+ %(n)s told with it", "+ %(n)s told with it", number)
    return words % {"n": number} if number else ""
