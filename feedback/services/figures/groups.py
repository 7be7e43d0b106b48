"""A survey's figures side by side: by channel, by incident, by whatever divides the answers."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from feedback.services import surveys
from feedback.services.figures import counting, dimensions, overlaps, questions, stories
from feedback.services.figures.counting import Tally, Turnout
from feedback.services.figures.overlaps import ByQuestion
from feedback.services.figures.questions import QuestionResult
from feedback.services.figures.slices import Slice
from feedback.services.figures.stories import Group
from feedback.services.figures.withholding import is_small, withheld

# Who belongs to none is not shown, but counts where the others would tell it.
NOBODYS = Group("", "")


@dataclass(frozen=True)
class GroupResult:
    """Of what is withheld nobody is told more than how many were asked; it is small itself, or it
    would give a small one away."""

    group: Group
    turnout: Turnout
    questions: Sequence[QuestionResult]
    is_withheld: bool = False
    is_small: bool = False


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
    asked = counting.reach(requests, dimension.requests, is_repeated=is_overlapping)
    if by == stories.MESSAGE:
        asked |= counting.reach(of.reminders(), dimension.requests)
    answered = counting.answered(responses, dimension.responses, is_repeated=is_overlapping)
    tallies = counting.tallies(answers, dimension.answers, is_repeated=is_overlapping)
    keys = {*asked, *answered, *tallies}
    known = dimension.groups(keys - {None})
    turnouts: dict[Group, Turnout] = defaultdict(Turnout)
    folded: dict[Group, Tally] = defaultdict(Tally)
    for key in [*known, *(keys - {*known})]:
        group = known.get(key, NOBODYS)
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
    groups = [None if one.group == NOBODYS else one.group.key for one in found]
    together = overlaps.of_segments(of, topics, groups) if is_overlapping else _apart(found)
    shown = _shown(found, together)
    return Breakdown([one for one in shown if one.group != NOBODYS], is_overlapping)


def _rows(of: Slice, is_overlapping: bool) -> tuple[QuerySet[Any], QuerySet[Any], QuerySet[Any]]:
    requests, responses, answers = of.deliveries(), of.responses(), of.answers()
    if not is_overlapping:
        return requests, responses, answers
    return (
        dimensions.heard(requests, ""),
        dimensions.heard(responses, "delivery__"),
        dimensions.heard(answers, "response__delivery__"),
    )


def _apart(found: Sequence[GroupResult]) -> ByQuestion:
    """Where nobody belongs to two groups."""
    together: ByQuestion = defaultdict(Counter)
    for place, one in enumerate(found):
        places = frozenset[int]() if one.group == NOBODYS else frozenset({place})
        together[None][places] += one.turnout.answered or 0
        for result in one.questions:
            together[result.question.pk][places] += result.count
    return together


def _shown(found: Sequence[GroupResult], together: ByQuestion) -> list[GroupResult]:
    """Also of a group that is large enough few may have answered one of the questions."""
    # Where nobody has answered, a rate of nought speaks of those who were reached.
    few = {
        place
        for place, one in enumerate(found)
        if is_small(one.turnout.answered or one.turnout.reached)
    }
    hidden = withheld(together[None], also=few)
    of_questions = {
        question: withheld(people, also=hidden) for question, people in together.items() if question
    }
    return [
        replace(
            one,
            turnout=replace(one.turnout, answered=None) if place in hidden else one.turnout,
            questions=[
                result.withhold()
                if place in of_questions.get(result.question.pk, hidden)
                else result
                for result in one.questions
            ],
            is_withheld=place in hidden,
            is_small=place in few,
        )
        for place, one in enumerate(found)
    ]
