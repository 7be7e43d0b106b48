"""The surveys that come with the product: one file each in feedback/library/, as a translator edits
it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from feedback.models import Question, Survey, SurveyVersion
from feedback.services import versions

FOLDER = Path(__file__).resolve().parent.parent / "library"


@transaction.atomic
def load(*, now: datetime) -> None:
    """Create the surveys that are missing, in force; what is there somebody has made their own."""
    for raw in files():
        survey, is_new = Survey.objects.get_or_create(slug=raw["survey"])
        if is_new:
            versions.activate(draft=_first_version(survey, raw), now=now)


def files() -> Iterator[dict[str, Any]]:
    """Every file as it stands."""
    for path in sorted(FOLDER.glob("*.yaml")):
        yield yaml.safe_load(path.read_text(encoding="utf-8"))


def _first_version(survey: Survey, raw: dict[str, Any]) -> SurveyVersion:
    version = SurveyVersion(
        survey=survey,
        title=raw["title"],
        intro=raw["intro"],
        thanks=raw["thanks"],
        open_days=raw["open_days"],
    )
    version.full_clean()
    version.save()
    for position, one in enumerate(raw["questions"]):
        question = Question(version=version, position=position, **_fields(one))
        question.full_clean()
        question.save()
    return version


def _fields(raw: dict[str, Any]) -> dict[str, Any]:
    """A value of YAML may be a number; one of a form is a text."""
    choices = [{"value": value, "label": label} for value, label in raw.get("choices", {}).items()]
    after = [str(value) for value in raw.get("after", ())]
    return {**raw, "choices": choices, "after": after}
