"""What the answers to one question come to, over all versions of its survey that ask it.

A question that stays keeps its key in every version, so that it is one row here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from feedback.models import Question, Survey, SurveyVersion
from feedback.options import options
from feedback.services.figures import intervals
from feedback.services.figures.intervals import Estimate

SATISFIED = 4  # CSAT counts who chose one of the two best answers
PROMOTER, DETRACTOR = 9, 6  # NPS: 9–10 recommend, 0–6 warn
Kind = Question.Kind


class Row(NamedTuple):
    """How often something was answered."""

    question_id: int
    score: int | None
    choice: str
    number: int


@dataclass(frozen=True)
class Bar:
    value: str
    label: str
    count: int
    share: Estimate

    @property
    def percent(self) -> float:
        return self.share.value


@dataclass(frozen=True)
class QuestionResult:
    """One question's figures; those that its kind does not have are None.

    `question` is in its latest words, `versions` are the numbers of those that ask it. What is
    withheld has nothing but its words.
    """

    question: Question
    versions: Sequence[int]
    count: int
    distribution: Sequence[Bar] = ()
    mean: Estimate | None = None
    csat: Estimate | None = None
    nps: Estimate | None = None
    is_withheld: bool = False
    # How many of the count are anonymous.
    nameless: int = 0

    @property
    def headline(self) -> Estimate | None:
        """The one figure it is known by: CSAT, NPS, the mean effort, or how many said yes."""
        if self.question.kind in (Kind.YES_NO, Kind.CONTACT):
            yes = (bar.share for bar in self.distribution if bar.value == "yes" and self.count)
            return next(yes, None)
        return self.csat or self.nps or self.mean

    def withhold(self) -> "QuestionResult":
        return QuestionResult(self.question, self.versions, 0, is_withheld=True)


@dataclass(frozen=True)
class Topic:
    """A question through all versions of a survey."""

    question: Question
    is_asked: bool
    ids: frozenset[int] = frozenset()
    versions: Sequence[int] = ()
    words: dict[str, str] = field(default_factory=dict)


def topics(*, survey: Survey, shown: SurveyVersion) -> list[Topic]:
    """What the shown version asks, in its order, and below it what only others did."""
    found: dict[tuple[str, str], Topic] = {}
    everything = Question.objects.filter(version__survey=survey).select_related("version")
    newest = sorted(
        everything, key=lambda one: (one.version_id != shown.pk, -one.version.number, one.position)
    )
    for question in newest:
        is_asked = question.version_id == shown.pk
        topic = found.get((question.key, question.kind)) or Topic(question, is_asked)
        found[question.key, question.kind] = replace(
            topic,
            ids=topic.ids | {question.pk},
            versions=sorted({*topic.versions, question.version.number}),
            # A choice that has left the form keeps the words that it had.
            words=topic.words | (options(question) | topic.words),
        )
    return list(found.values())


def results(
    found: Sequence[Topic],
    rows: Iterable[Row],
    people: Mapping[int, int],
    nameless: Mapping[int, int],
) -> list[QuestionResult]:
    """`people` is how many answered each question, `nameless` how many of them anonymously."""
    by_question: dict[int, list[Row]] = {}
    for row in rows:
        by_question.setdefault(row.question_id, []).append(row)
    counted = [
        replace(
            _result(topic, [row for one in topic.ids for row in by_question.get(one, ())], people),
            nameless=sum(nameless.get(one, 0) for one in topic.ids),
        )
        for topic in found
    ]
    return [
        result
        for topic, result in zip(found, counted, strict=True)
        if topic.is_asked or result.count
    ]


def _result(topic: Topic, rows: Sequence[Row], people: Mapping[int, int]) -> QuestionResult:
    question, values = topic.question, Counter[str]()
    for row in rows:
        values[row.choice if row.score is None else str(row.score)] += row.number
    count = sum(people.get(one, 0) for one in topic.ids)
    if question.kind == Kind.TEXT:
        return QuestionResult(question, topic.versions, count)
    result = QuestionResult(question, topic.versions, count, _bars(topic.words, values, count))
    scores = {row.score: 0 for row in rows if row.score is not None}
    for row in rows:
        if row.score is not None:
            scores[row.score] += row.number
    return _of_scale(result, scores) if scores else result


def _bars(words: Mapping[str, str], values: Counter[str], count: int) -> list[Bar]:
    gone = {value: value for value in sorted(set(values) - set(words))}
    return [
        Bar(
            value,
            label,
            values[value],
            intervals.share(values[value], count) if count else Estimate(0),
        )
        for value, label in {**words, **gone}.items()
    ]


def _of_scale(result: QuestionResult, scores: Mapping[int, int]) -> QuestionResult:
    lowest, highest, _threshold = Question.SCALES[Kind(result.question.kind)]
    result = replace(result, mean=intervals.mean(scores, lowest=lowest, highest=highest))
    if result.question.kind == Kind.CSAT:
        satisfied = sum(number for score, number in scores.items() if score >= SATISFIED)
        return replace(result, csat=intervals.share(satisfied, result.count))
    if result.question.kind == Kind.NPS:
        promoters = sum(number for score, number in scores.items() if score >= PROMOTER)
        detractors = sum(number for score, number in scores.items() if score <= DETRACTOR)
        score = intervals.net_promoters(promoters, detractors, result.count)
        return replace(result, nps=score)
    return result
