from datetime import timedelta
from typing import Any, Self

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audiences.models import Account, AudienceKind, Segment
from incidents import durations
from incidents.models.components import Component, Impact
from messaging import check


class Kind(models.TextChoices):
    INCIDENT = "incident", _("incident")
    MAINTENANCE = "maintenance", _("maintenance")


def validate_rules(value: Any) -> None:
    """:raises ValidationError: it is no list of rules of the check."""
    if not isinstance(value, list) or set(map(str, value)) - set(check.RULES):
        raise ValidationError(
            _("Rules are a list of: %(known)s."), params={"known": ", ".join(check.RULES)}
        )


def validate_impacts(value: Any) -> None:
    """:raises ValidationError: it is no list of impacts."""
    if not isinstance(value, list) or set(map(str, value)) - set(Impact.values):
        known = ", ".join(Impact.values)
        raise ValidationError(_("Impacts are a list of: %(known)s."), params={"known": known})


def where_silence_hurts() -> list[str]:
    """Where words that nobody approved are better than none; the clock runs in a maintenance."""
    return sorted(str(one) for one in (Impact.CRITICAL, Impact.MAINTENANCE, Impact.MAJOR))


class AlreadyInForce(Exception):
    """An active or retired version is never edited: make a new version of the plan."""


class PlanQuerySet(models.QuerySet["Plan"]):
    def active(self) -> Self:
        return self.filter(status=Plan.Status.ACTIVE)


class Plan(models.Model):
    """A team's customer notification plan: who hears what, when, and who answers for it.

    Only a draft can be edited. A change to an active plan is a new version, made by
    services/plan_versions.py; an incident keeps the version that it started with.
    """

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
    # An incident that hurts one of them: as the dependents of an affected component.
    segments = models.ManyToManyField(
        Segment,
        blank=True,
        related_name="+",
        verbose_name=_("segments"),
        help_text=_("Only if one of them depends on what is affected. Empty means any."),
    )
    # What only a person can recognise: a security incident looks like any other.
    by_hand = models.BooleanField(
        _("only by hand"),
        default=False,
        help_text=_("Never chosen by itself: a person names it when opening an incident."),
    )
    update_interval = models.DurationField(
        _("promised rhythm"),
        default=timedelta(minutes=30),
        help_text=_("hours:minutes:seconds between updates"),
    )
    slower_after = models.DurationField(
        _("slower after"),
        null=True,
        blank=True,
        help_text=_("When an incident lasts longer than this, a slower rhythm may be promised."),
    )
    slower_interval = models.DurationField(_("slower rhythm"), null=True, blank=True)
    first_notice_within = models.DurationField(
        _("first notice within"),
        default=timedelta(minutes=5),
        help_text=_("The plan's own target, counted from when the incident was detected."),
    )
    # The ladder: see planning/ladder.py.
    remind_before = models.DurationField(
        _("remind before a promise breaks"),
        default=timedelta(minutes=10),
        help_text=_("How long before a promised update is due its lead is reminded."),
    )
    next_person_after = models.DurationField(
        _("next person after"),
        default=timedelta(minutes=5),
        help_text=_("How long one person has to react before the next one is called."),
    )
    approval_within = models.DurationField(
        _("approval within"),
        default=timedelta(minutes=15),
        help_text=_("After so long nobody is waited for any more."),
    )
    # The rule is that of the incident's impact when time is up; all others hold it back.
    publishes_unapproved = models.JSONField(
        _("published unapproved at impact"),
        default=where_silence_hurts,
        blank=True,
        validators=[validate_impacts],
        help_text=_(
            "What nobody has approved in time is published at these impacts. At any other it is"
            " held back, and people are called until somebody decides."
        ),
    )
    # Slugs of rules of messaging.check: what breaks one of them is not published.
    binding_rules = models.JSONField(
        _("binding rules"),
        default=list,
        blank=True,
        validators=[validate_rules],
        help_text=_("The check advises; what breaks one of these is not published."),
    )
    postmortem_within = models.DurationField(
        _("post-mortem within"),
        null=True,
        blank=True,
        default=timedelta(hours=72),
        help_text=_("Empty: none is promised."),
    )
    postmortem_impact = models.CharField(
        _("post-mortem from impact"), max_length=12, choices=Impact, default=Impact.MAJOR
    )
    changes = models.TextField(
        _("what is new in this version"), blank=True, help_text=_("One or two sentences.")
    )
    activated_at = models.DateTimeField(_("activated at"), null=True, blank=True, editable=False)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True, editable=False)

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
            models.CheckConstraint(
                condition=Q(slower_after=None, slower_interval=None)
                | Q(
                    slower_after__isnull=False,
                    slower_after__gt=timedelta(0),
                    slower_interval__isnull=False,
                    slower_interval__gt=F("update_interval"),
                ),
                name="plan_slower_is_slower",
                violation_error_message=_(
                    "Say from when on the rhythm is slower, and how slow: slower than before."
                ),
            ),
            models.CheckConstraint(
                condition=Q(
                    remind_before__gt=timedelta(0),
                    next_person_after__gt=timedelta(0),
                    approval_within__gt=timedelta(0),
                    first_notice_within__gt=timedelta(0),
                ),
                name="plan_clocks_are_positive",
                violation_error_message=_("The plan's clocks must be longer than zero."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT


class PartOfPlan(models.Model):
    """What belongs to one version of a plan, and is edited only while that is a draft."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """:raises AlreadyInForce: the plan is active or retired."""
        self._check_draft()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """:raises AlreadyInForce: the plan is active or retired."""
        self._check_draft()
        return super().delete(*args, **kwargs)

    def _check_draft(self) -> None:
        plan: Plan = self.plan  # type: ignore[attr-defined]
        if not plan.is_draft:
            raise AlreadyInForce(str(plan))


class Rhythm(PartOfPlan):
    """How often one kind of audience is told at one impact, where that differs from the plan's."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="rhythms", verbose_name=_("plan"))
    impact = models.CharField(
        _("impact"), max_length=12, choices=Impact, blank=True, help_text=_("Empty means any.")
    )
    audience = models.CharField(
        _("audience"),
        max_length=10,
        choices=AudienceKind,
        blank=True,
        help_text=_("Empty means everybody."),
    )
    interval = models.DurationField(
        _("promised rhythm"), help_text=_("hours:minutes:seconds between updates")
    )

    class Meta:
        verbose_name = _("rhythm")
        verbose_name_plural = _("rhythms")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "impact", "audience"],
                name="rhythm_once",
                violation_error_message=_("There is a rhythm for this impact and audience."),
            ),
            models.CheckConstraint(
                condition=Q(interval__gt=timedelta(0)),
                name="rhythm_is_positive",
                violation_error_message=_("The rhythm must be longer than zero."),
            ),
        ]

    def __str__(self) -> str:
        whom = f"{self.get_impact_display()} {self.get_audience_display()}"
        return f"{whom}: {durations.spoken(self.interval)}"


class LeadTime(PartOfPlan):
    """How long before a maintenance its customers are to hear of it, by their contract."""

    plan = models.ForeignKey(
        Plan, models.CASCADE, related_name="lead_times", verbose_name=_("plan")
    )
    tier = models.CharField(_("tier"), max_length=10, choices=Account.Tier)
    notice = models.DurationField(_("notice"))

    class Meta:
        verbose_name = _("lead time")
        verbose_name_plural = _("lead times")
        constraints = [
            models.UniqueConstraint(fields=["plan", "tier"], name="lead_time_once_per_tier"),
        ]

    def __str__(self) -> str:
        return f"{self.get_tier_display()}: {durations.spoken(self.notice)}"
