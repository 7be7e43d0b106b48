"""How the answers to each question change over time, through all versions of the survey."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models.functions import TruncMonth, TruncWeek

from feedback.models import Question
from feedback.services import surveys
from feedback.services.figures import counting, questions
from feedback.services.figures.questions import QuestionResult
from feedback.services.figures.slices import Slice
from feedback.services.figures.withholding import withheld

BUCKETS = {"month": TruncMonth, "week": TruncWeek}


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


def over_time(*, of: Slice, every: str) -> list[Trend]:
    """By the time of the answers; periods without any are left out."""
    key = BUCKETS[every]("response__submitted_at")
    tallies = counting.tallies(of.answers(), key)
    topics = questions.topics(survey=of.survey, shown=surveys.shown(survey=of.survey))
    starts = sorted(tallies)
    columns = [
        {
            result.question.pk: result
            for result in questions.results(topics, tallies[start].rows, tallies[start].people)
        }
        for start in starts
    ]
    return [
        Trend(topic.question, topic.versions, points)
        for topic in topics
        if (points := _points(topic.question.pk, starts, columns))
    ]


def _points(
    question: int, starts: Sequence[datetime], columns: Sequence[dict[int, QuestionResult]]
) -> list[Point]:
    found = [
        (start.date(), column[question])
        for start, column in zip(starts, columns, strict=True)
        if question in column and column[question].count
    ]
    hidden = withheld(
        {frozenset({place}): result.count for place, (_start, result) in enumerate(found)}
    )
    return [
        Point(start, result.withhold() if place in hidden else result)
        for place, (start, result) in enumerate(found)
    ]
