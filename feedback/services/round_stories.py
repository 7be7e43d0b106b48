"""What a round's requests were about, for whoever looks at the answers: the round."""

from collections.abc import Collection, Mapping

from feedback.models import SurveyRound
from feedback.services.figures import stories
from feedback.services.figures.stories import Group


def described(broadcasts: Collection[int]) -> Mapping[int, Mapping[str, Group]]:
    """The latest round first."""
    asked = SurveyRound.objects.filter(broadcast__in=broadcasts)
    read = asked.select_related("survey", "template").prefetch_related("segments")
    return {
        one.broadcast_id: {
            stories.OCCASION: Group(one.thread, _name(one)),
            stories.MESSAGE: Group(str(one.template_id), one.template.name),
        }
        for one in read.order_by("-asks_at", "-pk")
        if one.broadcast_id
    }


def _name(asked: SurveyRound) -> str:
    return f"{asked}: {', '.join(sorted(one.name for one in asked.segments.all()))}"


stories.register({}, described)
