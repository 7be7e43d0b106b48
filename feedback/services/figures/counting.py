"""The counts that all figures are made of: a fixed number of questions to the database.

Answers are read once and counted here: joined to whatever they belong to, a database takes longer
to count them, and many times as long where one may belong to several groups.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet, Value
from django.db.models.expressions import Combinable

from feedback.models import Answer, Question, Response
from feedback.services.anonymity import is_nobodys
from feedback.services.figures import intervals
from feedback.services.figures.intervals import Estimate
from feedback.services.figures.questions import Row
from feedback.services.figures.slices import Slice
from messaging import states
from messaging.models import Delivery

# What rows are grouped by; a string is the name of a field.
Key = Combinable | str
EVERYTHING = Value(0)
# Whoever answered was reached, whatever a provider said later.
_ANSWERED = Q(response__isnull=False) | Q(used_link__isnull=False)
ASKED = ~Q(state__in=states.LEFT_OUT) | _ANSWERED
REACHED = Q(state__in=states.REACHED) | _ANSWERED
# So many rows of the largest tables are in memory at a time. Where conditions have to be looked
# for, rows are read at once: PostgreSQL plans worse for who takes them in portions (measured).
CHUNK = 5_000


@dataclass(frozen=True)
class Turnout:
    """People: asked, reached, and those of them who answered; None is not to be told."""

    asked: int = 0
    reached: int = 0
    answered: int | None = 0

    @property
    def rate(self) -> Estimate | None:
        """In percent of who was reached; None while nobody was."""
        if self.answered is None or not self.reached:
            return None
        # Of an anonymous survey it is forgotten that somebody was reached whom a mail came back of.
        return intervals.share(self.answered, max(self.reached, self.answered))

    def __add__(self, other: "Turnout") -> "Turnout":
        return Turnout(
            self.asked + other.asked,
            self.reached + other.reached,
            (self.answered or 0) + (other.answered or 0),
        )


@dataclass
class Tally:
    """What was answered in one group, and by how many each question was."""

    rows: list[Row] = field(default_factory=list)
    people: Counter[int] = field(default_factory=Counter)
    # By how many of these anonymously.
    nameless: Counter[int] = field(default_factory=Counter)

    @classmethod
    def sum(cls, parts: Iterable["Tally"]) -> "Tally":
        whole = cls()
        for part in parts:
            whole.rows += part.rows
            whole.people += part.people
            whole.nameless += part.nameless
        return whole

    def add(self, question: int, number: int, is_nameless: bool) -> None:
        self.people[question] += number
        if is_nameless:
            self.nameless[question] += number


class Divided(NamedTuple):
    """How many were asked, by group; and the group of each response, by its number."""

    asked: Mapping[Any, Turnout]
    answered: Mapping[int, Any]


def reach(deliveries: QuerySet[Delivery], key: Key) -> dict[Any, Turnout]:
    """How many were asked and reached, by group."""
    rows = deliveries.values_list(key).annotate(
        asked=Count("pk", filter=ASKED), reached=Count("pk", filter=REACHED)
    )
    return {group: Turnout(asked, reached) for group, asked, reached in rows}


def answered(responses: QuerySet[Response], key: Key) -> dict[int, Any]:
    """The group of each response, by its number."""
    return dict(responses.values_list("pk", key))


def tallies(of: Slice, groups: Mapping[int, Any]) -> Mapping[Any, Tally]:
    """By group; `groups` are those of the responses, as `answered()` tells them."""
    # Which responses are of the segment is told by `groups`, and needs not be found out again.
    answers = replace(of, segment=None).answers()
    several = _of_several(answers).values_list("response_id", "question_id").distinct()
    people = Counter(
        (groups[response], question, is_nobodys(response))
        for response, question in several.iterator(CHUNK)
        if response in groups
    )
    of_several = {question for _group, question, _is_nameless in people}
    found: dict[Any, Tally] = defaultdict(Tally)
    for (group, question, is_nameless), number in people.items():
        found[group].add(question, number, is_nameless)
    for (group, question, score, choice, is_nameless), number in _counted(answers, groups).items():
        found[group].rows.append(Row(question, score, choice, number))
        if question not in of_several:
            # Nobody gives two answers to it.
            found[group].add(question, number, is_nameless)
    return found


def _counted(answers: QuerySet[Answer], groups: Mapping[int, Any]) -> Counter[Any]:
    rows = answers.values_list("response_id", "question_id", "score", "choice")
    return Counter(
        (groups[response], question, score, choice, is_nobodys(response))
        for response, question, score, choice in rows.iterator(CHUNK)
        if response in groups
    )


def by_question(answers: QuerySet[Answer]) -> dict[int, int]:
    """How many answered each question, by its number."""
    once: Any = answers.exclude(question__kind=Question.Kind.SEVERAL).values_list("question_id")
    several: Any = _of_several(answers).values_list("question_id")
    people = Count("response", distinct=True)
    return dict(once.annotate(number=Count("pk"))) | dict(several.annotate(number=people))


def _of_several(answers: QuerySet[Answer]) -> QuerySet[Answer]:
    """Where several may be chosen, each of them is a row."""
    return answers.filter(question__kind=Question.Kind.SEVERAL)
