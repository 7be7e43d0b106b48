"""A survey's figures side by side: by channel, by incident, by whatever divides the answers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from feedback.services import surveys
from feedback.services.figures import counting, dimensions, questions, stories
from feedback.services.figures.counting import Tally, Turnout
from feedback.services.figures.questions import QuestionResult
from feedback.services.figures.slices import Slice
from feedback.services.figures.stories import Group
from feedback.services.figures.withholding import is_small, withheld


@dataclass(frozen=True)
class GroupResult:
    """Of what is withheld nobody is told more than how many were asked; it is small itself, or it
    would give a small one away."""

    group: Group
    turnout: Turnout
    questions: Sequence[QuestionResult]
    is_withheld: bool = False
    is_small: bool = False

    def count(self, question: int) -> int:
        return next((one.count for one in self.questions if one.question.pk == question), 0)


@dataclass(frozen=True)
class Breakdown:
    """Where it is overlapping, a person counts in each group that they belong to."""

    groups: Sequence[GroupResult]
    is_overlapping: bool = False


def grouped(*, of: Slice, by: str) -> Breakdown:
    """Every group that was asked or has answered.

    :raises KeyError: there is no such grouping.
    """
    dimension, is_overlapping = dimensions.dimension(by), by == dimensions.SEGMENT
    requests, responses, answers = _rows(of, is_overlapping)
    asked = counting.reach(requests, dimension.requests)
    if by == stories.MESSAGE:
        asked |= counting.reach(of.reminders(), dimension.requests)
    answered = counting.answered(responses, dimension.responses)
    tallies = counting.tallies(answers, dimension.answers)
    known = dimension.groups({*asked, *answered, *tallies} - {None})
    turnouts: dict[Group, Turnout] = defaultdict(Turnout)
    folded: dict[Group, Tally] = defaultdict(Tally)
    for key, group in known.items():
        turnouts[group] += replace(asked.get(key, Turnout()), answered=answered.get(key, 0))
        folded[group].add(tallies.get(key, Tally()))
    topics = questions.topics(survey=of.survey, shown=surveys.shown(survey=of.survey))
    found = [
        GroupResult(
            group, turnout, questions.results(topics, folded[group].rows, folded[group].people)
        )
        for group, turnout in turnouts.items()
        if turnout.asked or turnout.answered
    ]
    return Breakdown(_shown(found), is_overlapping)


def _rows(of: Slice, is_overlapping: bool) -> tuple[QuerySet[Any], QuerySet[Any], QuerySet[Any]]:
    requests, responses, answers = of.deliveries(), of.responses(), of.answers()
    if not is_overlapping:
        return requests, responses, answers
    return (
        dimensions.heard(requests, ""),
        dimensions.heard(responses, "delivery__"),
        dimensions.heard(answers, "response__delivery__"),
    )


def _shown(found: Sequence[GroupResult]) -> list[GroupResult]:
    """Also of a group that is large enough few may have answered one of the questions."""
    counts = [one.turnout.answered or 0 for one in found]
    # Where nobody has answered, a rate of nought speaks of those who were reached.
    few = {at for at, one in enumerate(found) if is_small(counts[at] or one.turnout.reached)}
    hidden = withheld(counts, also=few)
    of_questions = {
        key: withheld([one.count(key) for one in found], also=hidden)
        for key in {result.question.pk for one in found for result in one.questions}
    }
    return [
        replace(
            one,
            turnout=replace(one.turnout, answered=None) if place in hidden else one.turnout,
            questions=[
                result.withhold() if place in of_questions[result.question.pk] else result
                for result in one.questions
            ],
            is_withheld=place in hidden,
            is_small=place in few,
        )
        for place, one in enumerate(found)
    ]
