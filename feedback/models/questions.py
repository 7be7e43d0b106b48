from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audiences import languages
from audiences.fields import TextsField, validate_texts
from feedback.models.surveys import SurveyVersion

CHOICE_LENGTH = 80


def new_key() -> str:
    return uuid4().hex[:12]


class Question(models.Model):
    """One question of one version of a survey."""

    class Kind(models.TextChoices):
        CSAT = "csat", _("satisfaction 1–5 (CSAT)")
        NPS = "nps", _("recommendation 0–10 (NPS)")
        CES = "ces", _("effort 1–7 (CES)")
        YES_NO = "yes_no", _("yes or no")
        CHOICE = "choice", _("one of several")
        SEVERAL = "several", _("any of several")
        TEXT = "text", _("text")
        # A yes is a wish for a call, and becomes somebody's task.
        CONTACT = "contact", _("may we get in touch? yes or no")

    # Lowest and highest answer, and the score at or below which somebody should call back.
    SCALES = {Kind.CSAT: (1, 5, 2), Kind.NPS: (0, 10, 6), Kind.CES: (1, 7, 3)}
    WITH_CHOICES = frozenset({Kind.CHOICE, Kind.SEVERAL})

    version = models.ForeignKey(
        SurveyVersion, models.CASCADE, related_name="questions", verbose_name=_("survey")
    )
    # The same in every version that still asks it: what a trend is drawn by.
    key = models.CharField(max_length=40, default=new_key, editable=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    text = TextsField(_("text"))
    # [{"value": "sms", "label": {"en": "Text message"}}, …]
    choices = models.JSONField(_("choices"), default=list, blank=True)
    # Values of the nearest question above that is always asked; see conditions.py.
    after = models.JSONField(_("only after"), default=list, blank=True)
    is_required = models.BooleanField(_("required"), default=False)
    starts_page = models.BooleanField(
        _("begins a new page"), default=False, help_text=_("Long surveys are read page by page.")
    )

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="question_once_per_version"),
            models.CheckConstraint(
                condition=Q(kind__in=["choice", "several"]) | Q(choices=[]),
                name="question_choices_only_for_choice",
                violation_error_message=_("Only a choice question has choices."),
            ),
        ]

    def __str__(self) -> str:
        return languages.spoken(self.text)

    def clean(self) -> None:
        if self.kind in self.WITH_CHOICES and not self._choices_are_understood():
            raise ValidationError(
                {
                    "choices": _(
                        "A choice needs at least two, each with a value of its own (at most 80"
                        " characters) and a label per language."
                    )
                }
            )

    def _choices_are_understood(self) -> bool:
        if not isinstance(self.choices, list) or not all(map(_is_choice, self.choices)):
            return False
        values = {choice["value"] for choice in self.choices}
        return len(values) == len(self.choices) >= 2


def _is_choice(choice: Any) -> bool:
    match choice:
        case {"value": str(value), "label": dict(label), **rest} if not rest:
            fits = 0 < len(value) <= CHOICE_LENGTH and value.isprintable()
            return fits and _says_something(label)
    return False


def _says_something(label: dict[Any, Any]) -> bool:
    try:
        validate_texts(label)
    except ValidationError:
        return False
    return any(text.strip() for text in label.values())
