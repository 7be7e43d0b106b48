"""What a version's page shows of it where it is only read: its words and its questions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import NestedObjects
from django.db import router
from django.utils import timezone

from audiences.languages import spoken
from feedback import conditions
from feedback.admin import spoken_conditions
from feedback.models import Question, Survey, SurveyVersion
from feedback.options import options
from feedback.services import rounds


@dataclass(frozen=True)
class Line:
    """One question in words."""

    question: Question
    page: int
    text: str
    possible: str
    after: str
    # The question that `after` is about.
    anchor: Question | None


def panel(version: SurveyVersion) -> dict[str, Any]:
    questions = list(version.questions.order_by("position", "pk"))
    return {
        "version": version,
        "others": version.survey.versions.exclude(pk=version.pk).order_by("-number"),
        "going_on": rounds.going_on(survey=version.survey, now=timezone.now()),
        "lines": lines(questions),
    }


def lines(questions: list[Question]) -> list[Line]:
    anchors = conditions.anchors(questions)
    return [
        Line(
            question=question,
            page=number,
            text=spoken(question.text),
            possible=_possible(question),
            after=spoken_conditions.written(question.after, anchors.get(question.pk)),
            anchor=anchors.get(question.pk),
        )
        for number, page in enumerate(conditions.pages(questions), 1)
        for question in page
    ]


def _possible(question: Question) -> str:
    return " · ".join(options(question).values()) if question.choices else ""


def steps_in_the_way(drafts: Iterable[SurveyVersion]) -> list[str]:
    """What asks a survey that would go with its only version."""
    found = NestedObjects(using=router.db_for_write(Survey))
    found.collect([one.survey for one in drafts if one.survey.versions.count() == 1])
    return [str(step) for step in found.protected]
