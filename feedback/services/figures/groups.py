"""A survey's figures side by side: by channel, by incident, by whatever divides the answers."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from feedback.services import surveys
from feedback.services.anonymity import is_nobodys
from feedback.services.figures import counting, dimensions, questions
from feedback.services.figures.counting import Tally, Turnout
from feedback.services.figures.dimensions import Dimension
from feedback.services.figures.questions import QuestionResult, Topic
from feedback.services.figures.slices import Slice
from feedback.services.figures.stories import Group
from feedback.services.figures.withholding import is_small, withheld

# How many people belong to exactly these groups, which are told by their places: by question, and
# of None in all.
ByQuestion = dict[int | None, Counter[frozenset[int]]]


@dataclass(frozen=True)
class Part:
    """Those who belong to exactly the same groups; who belongs to none is not shown, but counts
    where the others would tell it."""

    groups: frozenset[Group]
    turnout: Turnout
    tally: Tally
    # How many answered anonymously.
    nameless: int


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
    dimension = dimensions.dimension(by)
    topics = questions.topics(survey=of.survey, shown=surveys.shown(survey=of.survey))
    groups, parts = _parts(of, dimension)
    results = (_result(group, parts, topics) for group in groups)
    found = [one for one in results if one.turnout.asked or one.turnout.answered]
    return Breakdown(_shown(found, *_together(found, parts, topics)), dimension.is_overlapping)


def _parts(of: Slice, dimension: Dimension) -> tuple[Iterable[Group], list[Part]]:
    """And the groups in their order."""
    asked, responses = dimension.divided(of)
    answered, tallies = Counter(responses.values()), counting.tallies(of, responses)
    nameless = Counter(key for response, key in responses.items() if is_nobodys(response))
    keys = {*asked, *answered}
    members = {key: key if dimension.is_overlapping else (key,) for key in keys}
    known = dimension.groups({one for key in keys for one in members[key]} - {None})
    parts = [
        Part(
            frozenset(known[one] for one in members[key] if one in known),
            replace(asked.get(key, Turnout()), answered=answered[key]),
            tallies.get(key, Tally()),
            nameless[key],
        )
        for key in keys
    ]
    return dict.fromkeys(known.values()), parts


def _result(group: Group, parts: Sequence[Part], topics: Sequence[Topic]) -> GroupResult:
    theirs = [part for part in parts if group in part.groups]
    turnout = sum((part.turnout for part in theirs), Turnout())
    tally = Tally.sum(part.tally for part in theirs)
    return GroupResult(group, turnout, _results(topics, tally))


def _results(topics: Sequence[Topic], tally: Tally) -> list[QuestionResult]:
    return questions.results(topics, tally.rows, tally.people, tally.nameless)


def _together(
    found: Sequence[GroupResult], parts: Sequence[Part], topics: Sequence[Topic]
) -> tuple[ByQuestion, ByQuestion]:
    """All, and the anonymous ones."""
    places = {one.group: place for place, one in enumerate(found)}
    together: ByQuestion = defaultdict(Counter)
    nameless: ByQuestion = defaultdict(Counter)
    for part in parts:
        theirs = frozenset(places[group] for group in part.groups if group in places)
        together[None][theirs] += part.turnout.answered or 0
        nameless[None][theirs] += part.nameless
        for topic in topics:
            for one in topic.ids:
                together[topic.question.pk][theirs] += part.tally.people[one]
                nameless[topic.question.pk][theirs] += part.tally.nameless[one]
    return together, nameless


def _shown(
    found: Sequence[GroupResult], together: ByQuestion, nameless: ByQuestion
) -> list[GroupResult]:
    """Also of a group that is large enough few may have answered one of the questions."""
    # Where nobody has answered, a rate of nought speaks of those who were reached.
    few = {
        place
        for place, one in enumerate(found)
        if is_small(one.turnout.answered or one.turnout.reached)
    }
    hidden = withheld(together[None], nameless[None], also=few)
    of_questions = {
        question: withheld(people, nameless[question], also=hidden)
        for question, people in together.items()
        if question
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
