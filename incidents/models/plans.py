from datetime import timedelta
from typing import Any, Self

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audiences.fields import TextsField
from audiences.models import Channel, Segment
from feedback.models import Survey
from incidents.models.components import Component, Impact
from messaging.models import Template


class Kind(models.TextChoices):
    INCIDENT = "incident", _("incident")
    MAINTENANCE = "maintenance", _("maintenance")


class PlanQuerySet(models.QuerySet["Plan"]):
    def active(self) -> Self:
        return self.filter(status=Plan.Status.ACTIVE)


class Plan(models.Model):
    """A team's customer notification plan: who hears what, when, and who answers for it."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        ACTIVE = "active", _("active")
        RETIRED = "retired", _("retired")

    slug = models.SlugField(_("slug"), max_length=80)
    name = models.CharField(_("name"), max_length=200)
    version = models.PositiveIntegerField(_("version"), default=1)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    owner = models.ForeignKey(User, models.PROTECT, verbose_name=_("owner"))
    review_on = models.DateField(_("review on"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.INCIDENT)
    minimum_impact = models.CharField(
        _("impact at least"), max_length=12, choices=Impact, default=Impact.NONE
    )
    components = models.ManyToManyField(
        Component,
        blank=True,
        verbose_name=_("components"),
        help_text=_("Empty means any component."),
    )
    update_interval = models.DurationField(
        _("promised rhythm"),
        default=timedelta(minutes=30),
        help_text=_("hours:minutes:seconds between updates"),
    )

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [
            models.UniqueConstraint(fields=["slug", "version"], name="plan_version_once"),
            models.UniqueConstraint(
                fields=["slug"],
                condition=Q(status="active"),
                name="plan_active_once",
                violation_error_message=_("Another version of this plan is active: retire it."),
            ),
            models.CheckConstraint(
                condition=Q(update_interval__gt=timedelta(0)),
                name="plan_rhythm_is_positive",
                violation_error_message=_("The rhythm must be longer than zero."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Duty(models.Model):
    """Who leads the communication under a plan, and who takes over, in order."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="duties", verbose_name=_("plan"))
    user = models.ForeignKey(User, models.PROTECT, verbose_name=_("person"))
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("0 leads; deputies follow in order.")
    )

    class Meta:
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        constraints = [
            models.UniqueConstraint(fields=["plan", "user"], name="duty_once_per_person"),
            models.UniqueConstraint(fields=["plan", "position"], name="duty_order_is_clear"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.position})"


class PlanStep(models.Model):
    """One thing a plan does: on a trigger, after an offset, to an audience."""

    class Trigger(models.TextChoices):
        OPENED = "opened", _("incident opened")
        STATUS_REACHED = "status_reached", _("status reached")
        UPDATE_PUBLISHED = "update_published", _("update published")
        PROMISE_DUE = "promise_due", _("promised update due")
        RESOLVED = "resolved", _("resolved or completed")

    class Who(models.TextChoices):
        AUTOMATIC = "automatic", _("automatic")
        APPROVAL = "approval", _("needs approval")
        TASK = "task", _("task for a person")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="steps", verbose_name=_("plan"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    name = models.CharField(_("name"), max_length=200)
    trigger = models.CharField(_("trigger"), max_length=20, choices=Trigger)
    status = models.CharField(
        _("status"), max_length=15, blank=True, help_text=_("For “status reached”.")
    )
    offset = models.DurationField(
        _("offset"), default=timedelta(0), help_text=_("hours:minutes:seconds after the trigger")
    )
    repeat_limit = models.PositiveSmallIntegerField(
        _("repeat at most"),
        default=1,
        help_text=_("How many holding statements in a row, for “promised update due”."),
    )
    who = models.CharField(_("who"), max_length=10, choices=Who, default=Who.AUTOMATIC)
    segments = models.ManyToManyField(
        Segment, blank=True, related_name="+", verbose_name=_("segments")
    )
    tells_affected = models.BooleanField(
        _("tells the affected"),
        default=False,
        help_text=_("Also everyone who depends on an affected component."),
    )
    channels = models.JSONField(_("channels"), default=list, blank=True)
    template = models.ForeignKey(
        Template, models.PROTECT, null=True, blank=True, verbose_name=_("template")
    )
    statement = TextsField(
        _("pre-approved statement"),
        blank=True,
        help_text=_("What is said when nobody has written: first notice, holding statement."),
    )
    survey = models.ForeignKey(
        Survey, models.PROTECT, null=True, blank=True, verbose_name=_("survey")
    )

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = [
            models.CheckConstraint(
                condition=~Q(trigger="status_reached") | ~Q(status=""),
                name="step_names_its_status",
                violation_error_message=_("Say which status has to be reached."),
            ),
            models.CheckConstraint(
                condition=Q(who="task") | Q(template__isnull=False),
                name="step_has_words",
                violation_error_message=_("A step that sends something needs a template."),
            ),
            models.CheckConstraint(
                condition=Q(offset__gte=timedelta(0)),
                name="step_offset_is_not_negative",
                violation_error_message=_("The offset cannot be negative."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if not isinstance(self.channels, list) or set(self.channels) - set(Channel.values):
            known = ", ".join(Channel.values)
            raise ValidationError(
                {"channels": _("Channels are a list of: %(known)s.") % {"known": known}}
            )
        if self.who != self.Who.TASK and (gaps := self._gaps()):
            raise ValidationError(gaps)

    def _gaps(self) -> dict[str, Any]:
        """What a message would lack on the night it is needed."""
        gaps: dict[str, Any] = {}
        if not self.channels:
            gaps["channels"] = _("Say by which channels the message goes.")
        if self.trigger in (self.Trigger.OPENED, self.Trigger.PROMISE_DUE) and not self.statement:
            gaps["statement"] = _("Nobody has written yet at this moment: say what is said then.")
        asks = self.template is not None and self.template.stage == Template.Stage.FEEDBACK
        if asks and self.survey is None:
            gaps["survey"] = _("A feedback request needs a survey.")
        return gaps
