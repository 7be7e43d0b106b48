"""The counts that all figures are made of: in SQL, a fixed number of questions to the database."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet, Value
from django.db.models.expressions import Combinable

from feedback.models import Answer, Question, Response
from feedback.services.figures import intervals
from feedback.services.figures.intervals import Estimate
from feedback.services.figures.questions import Row
from messaging import states
from messaging.models import Delivery

# What rows are grouped by; a string is the name of a field.
Key = Combinable | str
EVERYTHING = Value(0)
# Where several answers may be chosen, each of them is a row.
_PEOPLE = Count("response", distinct=True)


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
    """What was answered in one group, and by how many where several answers may be chosen."""

    rows: list[Row] = field(default_factory=list)
    people: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, other: "Tally") -> None:
        self.rows += other.rows
        for question, number in other.people.items():
            self.people[question] += number


def reach(
    deliveries: QuerySet[Delivery], key: Key, *, is_repeated: bool = False
) -> dict[Any, Turnout]:
    """How many were asked and reached, by group; `is_repeated` where a row may come several times.

    Only then each is counted once: of a hundred thousand answers that takes the longest.
    """
    # Whoever answered was reached, whatever a provider said later.
    answered = Q(response__isnull=False) | Q(used_link__isnull=False)
    asked, reached = (
        ~Q(state__in=states.LEFT_OUT) | answered,
        Q(state__in=states.REACHED) | answered,
    )
    rows = deliveries.values_list(key).annotate(
        asked=Count("pk", filter=asked, distinct=is_repeated),
        reached=Count("pk", filter=reached, distinct=is_repeated),
    )
    return {group: Turnout(asked, reached) for group, asked, reached in rows}


def answered(
    responses: QuerySet[Response], key: Key, *, is_repeated: bool = False
) -> dict[Any, int]:
    return dict(responses.values_list(key).annotate(number=Count("pk", distinct=is_repeated)))


def tallies(
    answers: QuerySet[Answer], key: Key, *, is_repeated: bool = False
) -> Mapping[Any, Tally]:
    """Nobody gives the same answer to a question twice."""
    found: dict[Any, Tally] = defaultdict(Tally)
    rows: Any = answers.values_list(key, "question_id", "score", "choice")
    for group, *row in rows.annotate(number=Count("pk", distinct=is_repeated)):
        found[group].rows.append(Row(*row))
    several: Any = _of_several(answers).values_list(key, "question_id")
    for group, question, number in several.annotate(number=_PEOPLE):
        found[group].people[question] = number
    return found


def by_question(answers: QuerySet[Answer]) -> dict[int, int]:
    """How many answered each question, by its number."""
    once: Any = answers.exclude(question__kind=Question.Kind.SEVERAL).values_list("question_id")
    several: Any = _of_several(answers).values_list("question_id")
    return dict(once.annotate(number=Count("pk"))) | dict(several.annotate(number=_PEOPLE))


def _of_several(answers: QuerySet[Answer]) -> QuerySet[Answer]:
    return answers.filter(question__kind=Question.Kind.SEVERAL)
