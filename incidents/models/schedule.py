from datetime import timedelta

from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audiences import languages
from audiences.fields import TextsField
from incidents.models.components import Component
from incidents.models.incidents import Incident
from incidents.models.plans import Plan


class ScheduleChange(models.Model):
    """A maintenance got other times after it was announced: moved before it began, or extended."""

    class Kind(models.TextChoices):
        MOVED = "moved", _("moved")
        EXTENDED = "extended", _("extended")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="schedule_changes")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    old_for = models.DateTimeField(_("start before"))
    old_until = models.DateTimeField(_("end before"))
    new_for = models.DateTimeField(_("new start"))
    new_until = models.DateTimeField(_("new end"))
    reason = TextsField(_("reason"), blank=True)
    # Story time (see Incident).
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, verbose_name=_("changed by")
    )

    class Meta:
        verbose_name = _("change of schedule")
        verbose_name_plural = _("changes of schedule")
        constraints = [
            models.CheckConstraint(
                condition=Q(new_until__gt=F("new_for")), name="change_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old_for:%Y-%m-%d %H:%M} → {self.new_for:%Y-%m-%d %H:%M}"


class Blackout(models.Model):
    """A time in which no maintenance should be: a season, a release, a customer's great day."""

    name = models.CharField(_("name"), max_length=200)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    components = models.ManyToManyField(
        Component,
        blank=True,
        verbose_name=_("components"),
        help_text=_("Empty means any component."),
    )

    class Meta:
        verbose_name = _("blackout period")
        verbose_name_plural = _("blackout periods")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="blackout_ends_after_it_starts",
                violation_error_message=_("The blackout period ends before it starts."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MaintenanceSeries(models.Model):
    """A maintenance that comes again by a rule; each occurrence becomes a draft ahead of time."""

    title = TextsField(_("title"))
    components = models.ManyToManyField(Component, verbose_name=_("components"))
    rule = models.CharField(
        _("rule"),
        max_length=300,
        help_text=_("An RRULE, for example FREQ=MONTHLY;BYDAY=1SU (RFC 5545)."),
    )
    first_at = models.DateTimeField(_("first start"))
    time_zone = models.CharField(_("time zone"), max_length=50, default="Europe/Berlin")
    duration = models.DurationField(_("duration"))
    ahead = models.DurationField(
        _("drafted ahead"),
        # A week to look at a draft, before the longest notice of the shipped plan.
        default=timedelta(days=21),
        help_text=_(
            "How long before its start an occurrence is drafted. At most ten drafts wait at a time."
        ),
    )
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, verbose_name=_("plan"))
    lead = models.ForeignKey(User, models.PROTECT, verbose_name=_("communications lead"))
    effect = TextsField(_("what customers notice"), blank=True)
    work = TextsField(_("what is done"), blank=True)
    risk = TextsField(_("risk"), blank=True)
    rollback = TextsField(_("way back"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("maintenance series")
        verbose_name_plural = _("maintenance series")
        constraints = [
            models.CheckConstraint(
                condition=Q(duration__gt=timedelta(0)),
                name="series_lasts",
                violation_error_message=_("A maintenance lasts longer than zero."),
            ),
        ]

    def __str__(self) -> str:
        return languages.spoken(self.title)


class MaintenanceOccurrence(models.Model):
    """One time a series comes: drafted once, or skipped; it stays when its draft is deleted.

    `starts_at` is the time by the rule, also where the draft was given another one.
    """

    series = models.ForeignKey(MaintenanceSeries, models.CASCADE, related_name="times")
    starts_at = models.DateTimeField(_("starts at"))
    incident = models.OneToOneField(
        Incident,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="occurrence",
        verbose_name=_("maintenance"),
    )
    skipped_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("skipped by")
    )

    class Meta:
        verbose_name = _("occurrence")
        verbose_name_plural = _("occurrences")
        constraints = [
            # Two tasks at once draft it once; a deleted draft does not come back.
            models.UniqueConstraint(fields=["series", "starts_at"], name="occurrence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"
