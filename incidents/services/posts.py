"""What a task asks a person to post by hand where customers are, with what is known by now."""

from incidents.models import Incident, PlanStep, TimelineEntry
from incidents.services import facts
from messaging.services import posts
from messaging.services.posts import Post


def of_task(entry: TimelineEntry) -> list[Post]:
    """In every language of its template; a task without one is about something else.

    In a drill nothing is to stand in public: there are none either.
    """
    step, incident = entry.step, entry.incident
    is_drill = incident.mode == Incident.Mode.DRILL
    if step.who != PlanStep.Who.TASK or step.template is None or is_drill:
        return []
    update = entry.update or incident.updates.public().last()
    known = facts.build(incident=incident, update=update).texts
    return list(posts.of_template(step.template, known).values())
