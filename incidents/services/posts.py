"""What a person posts by hand where customers are: a task's short text, with what is known now.

A task whose step has a template is one of posting; nothing posts by itself.
"""

from dataclasses import dataclass

from audiences.models import Detail
from incidents.models import Incident, PlanStep, TimelineEntry
from incidents.services import facts
from messaging.services import rendering
from messaging.services.placeholders import BadTemplate


@dataclass(frozen=True)
class Post:
    """The words in one language, or why there are none."""

    language: str
    text: str = ""
    error: str = ""

    @property
    def length(self) -> int:
        return len(self.text)


def of_task(entry: TimelineEntry) -> list[Post]:
    """In every language that the template has a short text in; without one there is no post.

    In a drill nothing is to stand in public: there are none either.
    """
    step, incident = entry.step, entry.incident
    if step.who != PlanStep.Who.TASK or step.template is None:
        return []
    if incident.mode == Incident.Mode.DRILL:
        return []
    public = step.template.variants.filter(detail=Detail.PUBLIC).exclude(short_text="")
    update = entry.update or incident.updates.public().last()
    known = facts.build(incident=incident, update=update).texts
    posts = []
    for variant in public.order_by("language"):
        try:
            text = rendering.brief(variant.short_text, known[variant.language])
            posts.append(Post(variant.language, text))
        except BadTemplate as error:
            posts.append(Post(variant.language, error=str(error)))
    return posts
