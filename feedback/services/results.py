"""What a survey's answers come to, as figures a team can discuss."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from feedback.models import SurveyVersion
from feedback.services import surveys
from feedback.services.anonymity import is_nobodys
from feedback.services.figures import counting, questions
from feedback.services.figures.counting import EVERYTHING, Tally, Turnout
from feedback.services.figures.groups import Breakdown, GroupResult, grouped
from feedback.services.figures.questions import Bar, QuestionResult, Topic
from feedback.services.figures.slices import Slice
from feedback.services.figures.trends import Point, Trend, starts, trends
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
    trends: Sequence[Trend] = ()


def summary(*, of: Slice, every: str = "month") -> Summary:
    """What was answered, in all and over time, in a number of queries that does not grow."""
    version = surveys.shown(survey=of.survey)
    topics = questions.topics(survey=of.survey, shown=version)
    turnout = counting.reach(of.deliveries(), EVERYTHING).get(0, Turnout())
    starting = counting.answered(of.responses(), starts(every))
    tallies, answered = counting.tallies(of, starting), len(starting)
    over_time = trends(topics, tallies)
    whole = Tally.sum(tallies.values())
    found = questions.results(topics, whole.rows, whole.people, whole.nameless)
    # Where it was once not anonymous, the other answers can be read one by one, and subtracted.
    nameless = sum(map(is_nobodys, starting))
    if (
        is_small(answered or turnout.reached)
        or is_small(nameless)
        or any(is_small(wider.responses().count() - answered) for wider in of.wider())
    ):
        found, turnout = [one.withhold() for one in found], replace(turnout, answered=None)
        return Summary(version, turnout, found, is_withheld=True, trends=over_time)
    turnout = replace(turnout, answered=answered)
    return Summary(version, turnout, _guarded(of, topics, found), trends=over_time)


def _guarded(
    of: Slice, topics: Sequence[Topic], found: Sequence[QuestionResult]
) -> list[QuestionResult]:
    """A question that only some are asked may be answered by few, here or in all the rest."""
    wholes = [counting.by_question(wider.answers()) for wider in of.wider()]
    ids = {topic.question.pk: topic.ids for topic in topics}
    return [
        one.withhold()
        if is_small(one.count)
        or is_small(one.nameless)
        or any(
            is_small(sum(whole.get(each, 0) for each in ids[one.question.pk]) - one.count)
            for whole in wholes
        )
        else one
        for one in found
    ]
