"""What customers reward: their marks beside how each incident was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from feedback.models import Question, Survey
from feedback.services import results
from feedback.services.figures import stories
from feedback.services.figures.questions import QuestionResult
from feedback.services.figures.slices import Slice
from incidents.models import Incident, Update
from incidents.services import ranks, score
from incidents.services.ranks import Correlation
from incidents.services.score import Score

MARKS = (Question.Kind.CSAT, Question.Kind.NPS)


class Deed(models.TextChoices):
    """What we did that customers may have noticed."""

    FIRST_NOTICE = "first_notice", _("Start to first notice, in minutes")
    SILENCE = "silence", _("Longest silence, in minutes")
    KEPT = "kept", _("Promises kept, in percent")
    UPDATES = "updates", _("Updates")


@dataclass(frozen=True)
class Row:
    """One incident: its marks by question, and its deeds as numbers; None is not known."""

    incident: Incident
    score: Score
    updates: int
    answers: Mapping[int, QuestionResult]

    def deed(self, deed: Deed) -> float | None:
        match deed:
            case Deed.FIRST_NOTICE:
                took = self.score.first_notice_after_start
                return took.total_seconds() / 60 if took is not None else None
            case Deed.SILENCE:
                longest = self.score.silence.took
                return longest.total_seconds() / 60 if longest is not None else None
            case Deed.KEPT:
                promises = self.score.promises
                return 100 * promises.kept / promises.made if promises.made else None
            case Deed.UPDATES:
                return self.updates

    def mark(self, question: Question) -> float | None:
        result = self.answers.get(question.pk)
        return result.headline.value if result and result.headline else None


@dataclass(frozen=True)
class Rewards:
    """`correlations` are by deed and question; None where too few incidents tell anything."""

    questions: Sequence[Question]
    rows: Sequence[Row]
    correlations: Mapping[tuple[Deed, int], Correlation | None]


def rewards(*, survey: Survey, now: datetime) -> Rewards:
    """Every real incident that a survey was asked about, the latest first.

    Of an incident that too few have answered about there are no marks; see results.grouped().
    """
    found = results.grouped(of=Slice(survey), by=stories.OCCASION).groups
    answers = {
        one.group.key: {result.question.pk: result for result in one.questions} for one in found
    }
    questions = {
        result.question.pk: result.question
        for one in found
        for result in one.questions
        if result.question.kind in MARKS
    }
    rows = _rows(answers, now)
    return Rewards(
        list(questions.values()),
        rows,
        {
            (deed, question.pk): ranks.correlation(pairs(rows, deed, question))
            for deed in Deed
            for question in questions.values()
        },
    )


def pairs(rows: Sequence[Row], deed: Deed, question: Question) -> list[tuple[float, float]]:
    """Deed and mark of every incident of which both are known."""
    both = ((row.deed(deed), row.mark(question)) for row in rows)
    return [(done, mark) for done, mark in both if done is not None and mark is not None]


def _rows(answers: Mapping[str, Mapping[int, QuestionResult]], now: datetime) -> list[Row]:
    asked = Incident.objects.filter(mode=Incident.Mode.REAL, key__in=answers)
    known = {one.pk: one for one in asked}
    said = Update.objects.public().filter(incident__in=known)
    counts = dict(said.order_by().values_list("incident").annotate(number=Count("pk")))
    rows = [
        Row(
            incident := known[one.incident_id],
            one,
            counts.get(incident.pk, 0),
            answers[incident.key],
        )
        for one in score.scores(asked, now=now)
    ]
    return sorted(rows, key=lambda row: row.incident.started_at, reverse=True)
