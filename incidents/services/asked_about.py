"""What a request for feedback was about, for whoever looks at the answers: its incident, the
version of the plan that led it, and the template of the message."""

from collections.abc import Collection, Mapping

from django.utils.translation import gettext_lazy as _

from feedback.services.figures import stories
from feedback.services.figures.stories import Group
from incidents.models import TimelineEntry

PLAN = "plan"


def described(broadcasts: Collection[int]) -> Mapping[int, Mapping[str, Group]]:
    """The latest incident first."""
    asked = TimelineEntry.objects.filter(broadcast__in=broadcasts)
    read = asked.select_related("incident__plan", "step__template")
    return {
        entry.broadcast_id: _groups(entry)
        for entry in read.order_by("-incident__started_at", "-pk")
        if entry.broadcast_id
    }


def _groups(entry: TimelineEntry) -> Mapping[str, Group]:
    incident, template = entry.incident, entry.step.template
    found = {stories.OCCASION: Group(incident.key, str(incident))}
    if incident.plan:
        found[PLAN] = Group(str(incident.plan_id), str(incident.plan))
    if template:
        found[stories.MESSAGE] = Group(str(template.pk), template.name)
    return found


stories.register({PLAN: _("version of the plan")}, described)
