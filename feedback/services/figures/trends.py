"""How the answers to each question change over time, through all versions of the survey."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import DateField
from django.db.models.functions import TruncMonth, TruncWeek

from feedback.models import Question
from feedback.services.figures import questions
from feedback.services.figures.counting import Key, Tally
from feedback.services.figures.questions import QuestionResult, Topic
from feedback.services.figures.withholding import withheld

_BUCKETS = {"month": TruncMonth, "week": TruncWeek}


@dataclass(frozen=True)
class Point:
    """A month or a week, by its first day."""

    starts_on: date
    result: QuestionResult


@dataclass(frozen=True)
class Trend:
    question: Question
    versions: Sequence[int]
    points: Sequence[Point]


def starts(every: str) -> Key:
    """The first day of the month or week in which each response was given."""
    return _BUCKETS[every]("submitted_at", output_field=DateField())


def trends(topics: Sequence[Topic], tallies: Mapping[date, Tally]) -> list[Trend]:
    """By those first days; periods without any answers are left out."""
    starts = sorted(tallies)
    columns = [
        {
            result.question.pk: result
            for result in questions.results(topics, one.rows, one.people, one.nameless)
        }
        for one in (tallies[start] for start in starts)
    ]
    return [
        Trend(topic.question, topic.versions, points)
        for topic in topics
        if (points := _points(topic.question.pk, starts, columns))
    ]


def _points(
    question: int, starts: Sequence[date], columns: Sequence[dict[int, QuestionResult]]
) -> list[Point]:
    found = [
        (start, column[question])
        for start, column in zip(starts, columns, strict=True)
        if question in column and column[question].count
    ]
    hidden = withheld(
        {frozenset({place}): result.count for place, (_start, result) in enumerate(found)},
        {frozenset({place}): result.nameless for place, (_start, result) in enumerate(found)},
    )
    return [
        Point(start, result.withhold() if place in hidden else result)
        for place, (start, result) in enumerate(found)
    ]
