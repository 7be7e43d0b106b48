"""What a check has to say about a plan."""

from dataclasses import dataclass

from django.db import models

from incidents.models import PlanStep


class Level(models.TextChoices):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """`field` is the key of plan_document that is to be mended, of the step if there is one."""

    level: Level
    words: str
    field: str = ""
    step: PlanStep | None = None

    @property
    def is_error(self) -> bool:
        return self.level == Level.ERROR

    def __str__(self) -> str:
        return f"{self.step.name}: {self.words}" if self.step else self.words


def error(words: str, field: str = "", step: PlanStep | None = None) -> Finding:
    return Finding(Level.ERROR, words, field, step)


def warning(words: str, field: str = "", step: PlanStep | None = None) -> Finding:
    return Finding(Level.WARNING, words, field, step)
