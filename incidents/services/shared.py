from functools import cache, cached_property

from django.contrib.auth.models import User

from incidents import planning
from incidents.models import Component, Incident, IncidentComponent, Plan
from incidents.services import plans, timeline
from incidents.services.responders import Roster
from messaging.services import brand
from messaging.services.brand import Design


class Shared:
    """What everything that is due at once has in common, read when the first of it asks.

    It lives as long as one tick: a plan in force never changes, and who can be called is asked
    anew by the next.
    """

    def __init__(self) -> None:
        self._plan = cache(plans.read)
        self._user = cache(User.objects.get)
        self._steps: dict[int, list[planning.Step]] = {}
        self._components: dict[int, Component] = {}

    def plan_of(self, incident: Incident) -> Plan:
        assert incident.plan_id, "what is due comes from a plan"
        return self._plan(plan_id=incident.plan_id)

    def lead_of(self, incident: Incident) -> User | None:
        return self._user(pk=incident.lead_id) if incident.lead_id else None

    def steps_of(self, incident: Incident) -> list[planning.Step]:
        """Those of its plan, as the planner wants them."""
        assert incident.plan_id, "what is due comes from a plan"
        if incident.plan_id not in self._steps:
            self._steps[incident.plan_id] = timeline.steps_of(incident)
        return self._steps[incident.plan_id]

    def touched_by(self, incident: Incident) -> list[Component]:
        """The components of the whole storm: which they are is asked each time."""
        rows = IncidentComponent.objects.filter(incident__in=incident.together())
        ids = set(rows.values_list("component_id", flat=True))
        if not ids <= self._components.keys():
            self._components = Component.objects.order_by("position", "name").in_bulk()
        return [one for pk, one in self._components.items() if pk in ids]

    @cached_property
    def roster(self) -> Roster:
        return Roster.read()

    @cached_property
    def design(self) -> Design:
        return brand.design()
