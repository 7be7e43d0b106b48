from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audiences import languages
from audiences.fields import TextsField, validate_texts
from messaging.models import Broadcast, Delivery

CHOICE_LENGTH = 80


class Survey(models.Model):
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    title = TextsField(_("title"))
    intro = TextsField(_("introduction"), blank=True)
    thanks = TextsField(_("thank-you text"), blank=True)

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")

    def __str__(self) -> str:
        return self.slug


class Question(models.Model):
    class Kind(models.TextChoices):
        CSAT = "csat", _("satisfaction 1–5 (CSAT)")
        NPS = "nps", _("recommendation 0–10 (NPS)")
        CES = "ces", _("effort 1–7 (CES)")
        YES_NO = "yes_no", _("yes or no")
        CHOICE = "choice", _("choice")
        TEXT = "text", _("text")

    # Lowest and highest answer, and the score at or below which somebody should call back.
    SCALES = {Kind.CSAT: (1, 5, 2), Kind.NPS: (0, 10, 6), Kind.CES: (1, 7, 3)}

    survey = models.ForeignKey(
        Survey, models.CASCADE, related_name="questions", verbose_name=_("survey")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    text = TextsField(_("text"))
    choices = models.JSONField(
        _("choices"),
        default=list,
        blank=True,
        help_text=_('For a choice: [{"value": "sms", "label": {"en": "Text message"}}, …]'),
    )
    is_required = models.BooleanField(_("required"), default=False)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="choice") | Q(choices=[]),
                name="question_choices_only_for_choice",
                violation_error_message=_("Only a choice question has choices."),
            ),
        ]

    def __str__(self) -> str:
        return languages.spoken(self.text)

    def clean(self) -> None:
        if self.kind == self.Kind.CHOICE and not self._choices_are_understood():
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


class Invitation(models.Model):
    """The survey a broadcast asks its recipients to answer."""

    broadcast = models.OneToOneField(
        Broadcast, models.CASCADE, related_name="invitation", verbose_name=_("broadcast")
    )
    survey = models.ForeignKey(
        Survey, models.PROTECT, related_name="invitations", verbose_name=_("survey")
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return f"{self.survey} · {self.broadcast}"


class Response(models.Model):
    """One person's answers to one invitation; answering again changes them."""

    survey = models.ForeignKey(
        Survey, models.PROTECT, related_name="responses", verbose_name=_("survey")
    )
    delivery = models.OneToOneField(
        Delivery, models.CASCADE, related_name="response", verbose_name=_("delivery")
    )
    language = models.CharField(_("language"), max_length=5)
    submitted_at = models.DateTimeField(_("submitted at"))
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")

    def __str__(self) -> str:
        return f"{self.survey} · {self.submitted_at:%Y-%m-%d %H:%M}"


class Answer(models.Model):
    """One answer: a number on a scale, a chosen value, or text."""

    response = models.ForeignKey(
        Response, models.CASCADE, related_name="answers", verbose_name=_("response")
    )
    question = models.ForeignKey(
        Question, models.PROTECT, related_name="answers", verbose_name=_("question")
    )
    score = models.SmallIntegerField(_("score"), null=True, blank=True)
    choice = models.CharField(_("choice"), max_length=CHOICE_LENGTH, blank=True)
    text = models.TextField(_("text"), max_length=5_000, blank=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.UniqueConstraint(fields=["response", "question"], name="answer_once"),
        ]

    def __str__(self) -> str:
        return self.text or self.choice or str(self.score)


class FollowUp(models.Model):
    """A low score's task: somebody calls the customer back."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")

    response = models.OneToOneField(
        Response, models.CASCADE, related_name="follow_up", verbose_name=_("response")
    )
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, verbose_name=_("owner"))
    due_at = models.DateTimeField(_("due at"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    outcome = models.TextField(_("outcome"), blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", done_at=None)
                | (Q(state="done", done_at__isnull=False) & ~Q(outcome="")),
                name="follow_up_done_has_outcome",
                violation_error_message=_("A finished follow-up has a time and an outcome."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response} · {self.get_state_display()}"
