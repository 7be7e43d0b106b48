from datetime import datetime
from typing import Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils import formats, timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from audiences.models import Segment
from feedback.models.surveys import Survey
from messaging.models import Broadcast, Template


class SurveyRoundQuerySet(models.QuerySet["SurveyRound"]):
    def going_on(self, now: datetime) -> Self:
        """Those that will ask somebody, or whose answers are awaited."""
        awaited = Q(state=SurveyRound.State.ASKED, broadcast__invitation__closes_at__gt=now)
        return self.filter(Q(state=SurveyRound.State.PLANNED) | awaited)

    def due(self, now: datetime) -> Self:
        """Those that are to ask, or to remind."""
        asking = Q(state=SurveyRound.State.PLANNED, asks_at__lte=now)
        return self.filter(asking | Q(state=SurveyRound.State.ASKED, reminds_at__lte=now))


class SurveyRound(models.Model):
    """A survey that a person sends to segments, whatever has happened or not."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        ASKED = "asked", _("asked")
        FAILED = "failed", _("not possible")
        CANCELLED = "cancelled", pgettext_lazy("survey round", "cancelled")

    survey = models.ForeignKey(
        Survey, models.PROTECT, related_name="rounds", verbose_name=_("survey")
    )
    segments = models.ManyToManyField(Segment, related_name="+", verbose_name=_("segments"))
    # In the order in which they are tried: nobody is asked by two.
    channels = models.JSONField(_("channels"), default=list)
    template = models.ForeignKey(
        Template, models.PROTECT, related_name="+", verbose_name=_("template")
    )
    reminder = models.ForeignKey(
        Template,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("template of the reminder"),
    )
    asks_at = models.DateTimeField(_("asks at"))
    # Until it was done, or could not be.
    reminds_at = models.DateTimeField(_("reminds at"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    # Why it was not possible, or why nobody was reminded.
    note = models.CharField(_("note"), max_length=500, blank=True)
    broadcast = models.OneToOneField(
        Broadcast,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="survey_round",
        verbose_name=_("broadcast"),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("created by")
    )

    objects = SurveyRoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey round")
        verbose_name_plural = _("survey rounds")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="asked") | Q(broadcast__isnull=False),
                name="round_asked_by_broadcast",
            ),
        ]

    def __str__(self) -> str:
        day = formats.date_format(timezone.localtime(self.asks_at), "DATE_FORMAT")
        return gettext("Round of %(day)s") % {"day": day}

    @property
    def thread(self) -> str:
        """What its messages have in common."""
        return f"survey-round-{self.pk}"
