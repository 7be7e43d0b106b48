from datetime import datetime, timedelta
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audiences import languages
from audiences.fields import TextsField


class Survey(models.Model):
    """What customers are asked on one occasion. Plans name it; its versions say what it asks."""

    slug = models.SlugField(_("slug"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")

    def __str__(self) -> str:
        return self.slug


class SurveyVersionQuerySet(models.QuerySet["SurveyVersion"]):
    def active(self) -> Self:
        return self.filter(status=SurveyVersion.Status.ACTIVE)


class SurveyVersion(models.Model):
    """A survey as it was asked for some time.

    Only a draft can be edited. A change to what is asked already is a new version, made by
    services/versions.py; whoever was invited keeps the version that they were invited to.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        ACTIVE = "active", _("active")
        RETIRED = "retired", _("retired")

    survey = models.ForeignKey(
        Survey, models.CASCADE, related_name="versions", verbose_name=_("survey")
    )
    number = models.PositiveIntegerField(_("version"), default=1)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    title = TextsField(_("title"))
    intro = TextsField(_("introduction"), blank=True)
    thanks = TextsField(
        _("thank-you text"),
        blank=True,
        help_text=_("What happens next with the answers. Empty: in our own words."),
    )
    is_anonymous = models.BooleanField(
        _("anonymous"),
        default=False,
        help_text=_(
            "Answers are kept without any link to whoever gave them. So they cannot be changed,"
            " shown to their author or erased later, and nobody can be called back."
        ),
    )
    open_days = models.PositiveSmallIntegerField(
        _("open for days"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("How long after the invitation answers are taken."),
    )
    activated_at = models.DateTimeField(_("activated at"), null=True, blank=True, editable=False)

    objects = SurveyVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        constraints = [
            models.UniqueConstraint(fields=["survey", "number"], name="survey_version_once"),
            models.UniqueConstraint(
                fields=["survey"], condition=Q(status="active"), name="survey_one_active_version"
            ),
            models.UniqueConstraint(
                fields=["survey"], condition=Q(status="draft"), name="survey_one_draft"
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(title)s (version %(number)s)") % {
            "title": languages.spoken(self.title),
            "number": self.number,
        }

    @property
    def open_for(self) -> timedelta:
        return timedelta(days=self.open_days)

    def closes_at(self, asked_at: datetime) -> datetime:
        """When it takes no more answers: at the end of a day, for customers are told the day."""
        day = timezone.localtime(asked_at) + self.open_for
        return day.replace(hour=23, minute=59, second=59, microsecond=0)

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT
