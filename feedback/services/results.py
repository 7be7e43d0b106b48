"""What a survey's answers come to, as figures a team can discuss."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from feedback.models import Answer, Question, Response, Survey, SurveyVersion
from feedback.options import options
from feedback.services import surveys
from messaging import states
from messaging.models import Delivery

M = TypeVar("M", bound=Model)
SATISFIED = 4  # CSAT counts who chose one of the two best answers
PROMOTER, DETRACTOR = 9, 6  # NPS: 9–10 recommend, 0–6 warn


@dataclass(frozen=True)
class Bar:
    value: str
    label: str
    count: int
    percent: float


@dataclass(frozen=True)
class QuestionResult:
    """One question's figures; those that its kind does not have are None."""

    question: Question
    count: int
    distribution: Sequence[Bar]
    mean: float | None = None
    csat_percent: float | None = None
    nps: float | None = None


@dataclass(frozen=True)
class Summary:
    version: SurveyVersion
    reached: int
    responses: int
    questions: Sequence[QuestionResult]

    @property
    def response_percent(self) -> float | None:
        """Responses per message that reached somebody; None while nobody was reached."""
        return 100 * self.responses / self.reached if self.reached else None


def summary(*, survey: Survey, thread: str | None = None) -> Summary:
    """Count a survey's answers, of one story where a thread is given."""
    invited = _of_thread(
        Delivery.objects.filter(broadcast__invitation__version__survey=survey), "broadcast", thread
    )
    # Whoever answered was reached, whatever a provider said later.
    answered = Q(response__isnull=False) | Q(used_link__isnull=False)
    reached = invited.filter(Q(state__in=states.REACHED) | answered)
    responses = _of_thread(
        Response.objects.filter(invitation__version__survey=survey), "invitation__broadcast", thread
    )
    rows = Answer.objects.filter(response__in=responses).values_list(
        "question_id", "score", "choice"
    )
    answers: dict[int, list[tuple[int | None, str]]] = {}
    for question_id, score, choice in rows:
        answers.setdefault(question_id, []).append((score, choice))
    shown = surveys.shown(survey=survey)
    # What is asked now, and below it what only other versions did.
    asked = Question.objects.filter(version__survey=survey).order_by("-version__number", "position")
    questions = [one for one in asked if one.pk in answers or one.version_id == shown.pk]
    return Summary(
        shown,
        reached.count(),
        responses.count(),
        [_of_question(question, answers.get(question.pk, [])) for question in questions],
    )


def _of_thread(rows: QuerySet[M], broadcast: str, thread: str | None) -> QuerySet[M]:
    return rows.filter(**{f"{broadcast}__thread": thread}) if thread else rows


def _of_question(question: Question, answers: Sequence[tuple[int | None, str]]) -> QuestionResult:
    given = [choice if score is None else str(score) for score, choice in answers]
    if question.kind == Question.Kind.TEXT:
        return QuestionResult(question, len(given), [])
    bars = _bars(options(question), given)
    scores = [score for score, _choice in answers if score is not None]
    if not scores:
        return QuestionResult(question, len(given), bars)
    return QuestionResult(
        question,
        len(scores),
        bars,
        mean=sum(scores) / len(scores),
        csat_percent=_csat(scores) if question.kind == Question.Kind.CSAT else None,
        nps=_nps(scores) if question.kind == Question.Kind.NPS else None,
    )


def _bars(words: Mapping[str, str], given: Sequence[str]) -> list[Bar]:
    counts, total = Counter(given), len(given) or 1
    # A choice that was taken off the form later still counts, under its bare value.
    gone = {value: value for value in sorted(set(given) - set(words))}
    return [
        Bar(value, label, counts[value], 100 * counts[value] / total)
        for value, label in {**words, **gone}.items()
    ]


def _csat(scores: Sequence[int]) -> float:
    return 100 * sum(score >= SATISFIED for score in scores) / len(scores)


def _nps(scores: Sequence[int]) -> float:
    """Promoters minus detractors, from -100 to 100."""
    promoters = sum(score >= PROMOTER for score in scores)
    detractors = sum(score <= DETRACTOR for score in scores)
    return 100 * (promoters - detractors) / len(scores)
