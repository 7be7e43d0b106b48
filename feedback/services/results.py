"""What a survey's answers come to, as figures a team can discuss."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from feedback.models import SurveyVersion
from feedback.services import surveys
from feedback.services.figures import counting, questions
from feedback.services.figures.counting import EVERYTHING, Tally, Turnout
from feedback.services.figures.groups import Breakdown, GroupResult, grouped
from feedback.services.figures.questions import Bar, QuestionResult, Topic
from feedback.services.figures.slices import Slice
from feedback.services.figures.trends import Point, Trend, over_time
from feedback.services.figures.withholding import is_small

__all__ = [
    "Bar",
    "Breakdown",
    "GroupResult",
    "Point",
    "QuestionResult",
    "Slice",
    "Summary",
    "Trend",
    "Turnout",
    "grouped",
    "over_time",
    "summary",
]


@dataclass(frozen=True)
class Summary:
    """A question is one row through all versions. What fewer than FEEDBACK_SMALLEST_GROUP have
    answered is withheld, and so is what would give such a rest away."""

    version: SurveyVersion
    turnout: Turnout
    questions: Sequence[QuestionResult]
    is_withheld: bool = False


def summary(*, of: Slice) -> Summary:
    """Count what was answered, in a number of queries that does not grow with the answers."""
    version = surveys.shown(survey=of.survey)
    topics = questions.topics(survey=of.survey, shown=version)
    turnout = counting.reach(of.deliveries(), EVERYTHING).get(0, Turnout())
    answered = of.responses().count()
    tally = counting.tallies(of.answers(), EVERYTHING).get(0, Tally())
    found = questions.results(topics, tally.rows, tally.people)
    if is_small(answered or turnout.reached) or any(
        is_small(wider.responses().count() - answered) for wider in of.wider()
    ):
        found = [one.withhold() for one in found]
        return Summary(version, replace(turnout, answered=None), found, is_withheld=True)
    return Summary(version, replace(turnout, answered=answered), _guarded(of, topics, found))


def _guarded(
    of: Slice, topics: Sequence[Topic], found: Sequence[QuestionResult]
) -> list[QuestionResult]:
    """A question that only some are asked may be answered by few, here or in all the rest."""
    wholes = [counting.by_question(wider.answers()) for wider in of.wider()]
    ids = {topic.question.pk: topic.ids for topic in topics}
    return [
        one.withhold()
        if is_small(one.count)
        or any(
            is_small(sum(whole.get(each, 0) for each in ids[one.question.pk]) - one.count)
            for whole in wholes
        )
        else one
        for one in found
    ]
