from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from audiences import languages
from audiences.fields import TextsField
from incidents.models.clock import StoryClock
from incidents.models.components import (
    BY_SEVERITY,
    Component,
    Impact,
    worst_impact,
    worst_of,
)
from incidents.models.facts import WrittenFacts
from incidents.models.plans import Kind, Plan
from incidents.models.status import FINAL, OF_INCIDENT, OF_MAINTENANCE, Status


def new_key() -> str:
    """Twelve lower-case alphanumerics, the shape of an id in the Statuspage API."""
    return get_random_string(12, "abcdefghijklmnopqrstuvwxyz0123456789")


class IncidentQuerySet(models.QuerySet["Incident"]):
    def opened(self) -> Self:
        return self.filter(opened_at__isnull=False)

    def active(self) -> Self:
        return self.opened().exclude(status__in=FINAL)

    def public(self) -> Self:
        """What the status page may show: opened and real, never a drill or a replay."""
        return self.opened().filter(mode=Incident.Mode.REAL)

    def told_by_themselves(self) -> Self:
        """Without those that are told within another one: of a storm, its head."""
        return self.filter(merged_into=None)


class Incident(StoryClock, WrittenFacts):
    """Something customers must hear about: an incident or a maintenance. Unopened it is a draft."""

    class Mode(models.TextChoices):
        REAL = "real", _("real")
        DRILL = "drill", _("drill")
        REPLAY = "replay", _("replay")

    key = models.CharField(_("key"), max_length=12, unique=True, default=new_key, editable=False)
    title = TextsField(_("title"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.INCIDENT)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode, default=Mode.REAL)
    status = models.CharField(
        _("status"), max_length=15, choices=Status, default=Status.INVESTIGATING
    )
    impact = models.CharField(
        _("impact"), max_length=12, choices=Impact, default=Impact.NONE, editable=False
    )
    impact_override = models.CharField(
        _("impact override"),
        max_length=12,
        choices=Impact,
        blank=True,
        help_text=_("Replaces the impact computed from the components."),
    )
    components: "models.ManyToManyField[Component, IncidentComponent]" = models.ManyToManyField(
        Component, through="IncidentComponent", verbose_name=_("components")
    )
    plan = models.ForeignKey(
        Plan,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("plan"),
        help_text=_("Left empty, the active plan that fits is chosen."),
    )
    lead = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, verbose_name=_("communications lead")
    )
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    detected_at = models.DateTimeField(
        _("detected at"),
        null=True,
        blank=True,
        help_text=_("When we noticed; the first notice is counted from then."),
    )
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True, editable=False)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True, editable=False)
    scheduled_for = models.DateTimeField(_("scheduled for"), null=True, blank=True)
    scheduled_until = models.DateTimeField(_("scheduled until"), null=True, blank=True)
    runs_by_clock = models.BooleanField(
        _("starts by the clock"),
        default=True,
        help_text=_("A maintenance begins at its time, unless a person is to say so."),
    )
    risk = TextsField(_("risk"), blank=True, help_text=_("What may go wrong."))
    work = TextsField(_("what is done"), blank=True)
    rollback = TextsField(_("way back"), blank=True, help_text=_("What happens if it goes wrong."))
    rolled_back_at = models.DateTimeField(
        _("rolled back at"), null=True, blank=True, editable=False
    )
    series = models.ForeignKey(
        "incidents.MaintenanceSeries",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="occurrences",
        verbose_name=_("series"),
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="merged",
        verbose_name=_("told within"),
    )
    merged_at = models.DateTimeField(_("told within it since"), null=True, editable=False)
    # False where whoever holds its row has seen that nothing is told within it.
    is_head = True

    # Not stored: the ids of those that would be told within it once an update is published.
    joining: Sequence[int] = ()

    objects = IncidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=Kind.INCIDENT, status__in=OF_INCIDENT)
                | Q(kind=Kind.MAINTENANCE, status__in=OF_MAINTENANCE),
                name="incident_status_of_its_kind",
                violation_error_message=_("This status does not belong to this kind."),
            ),
            models.CheckConstraint(
                condition=Q(scheduled_until=None) | Q(scheduled_until__gt=F("scheduled_for")),
                name="maintenance_ends_after_it_starts",
                violation_error_message=_("The maintenance must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(clock_speed__gte=0), name="incident_clock_never_runs_backwards"
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None, merged_at=None)
                | Q(merged_into__isnull=False, merged_at__isnull=False),
                name="incident_merged_has_time",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("pk")),
                name="incident_never_within_itself",
            ),
        ]

    def __str__(self) -> str:
        title = languages.spoken(self.title)
        is_drill = self.mode == self.Mode.DRILL
        return str(_("Drill: %(title)s") % {"title": title}) if is_drill else title

    @property
    def is_draft(self) -> bool:
        return self.opened_at is None

    @property
    def is_over(self) -> bool:
        return self.status in FINAL

    @property
    def told_cause(self) -> Mapping[str, str]:
        """A cause that is not sure yet is not told: a guess that turns out wrong is remembered."""
        return {} if self.status == Status.INVESTIGATING else self.cause

    @property
    def is_ended_drill(self) -> bool:
        drill = getattr(self, "drill", None) if self.mode == self.Mode.DRILL else None
        return drill is not None and drill.ended_at is not None

    @property
    def storm(self) -> "IncidentQuerySet":
        """It, and what is told within it, or would be."""
        ids = [self.pk, *self.joining]
        return Incident.objects.filter(Q(pk__in=ids) | Q(merged_into__in=ids))

    def together(self) -> "list[Incident]":
        """The same, read; whoever tells of it has `merged` prefetched, and asks no more,
        or knows that it is no head."""
        joining = Q(pk__in=self.joining) | Q(merged_into__in=self.joining)
        also = Incident.objects.filter(joining) if self.joining else ()
        return [self, *(self.merged.all() if self.is_head else ()), *also]

    def touched(self) -> "list[IncidentComponent]":
        """The components of the whole storm, each once, as bad as it is, in their order."""
        rows = IncidentComponent.objects.filter(incident__in=self.together())
        by_place = rows.select_related("component").order_by(
            "component__position", "component__name"
        )
        return worst_rows(by_place)

    def impact_with(self, statuses: Mapping[int, str]) -> str:
        """The impact of the whole storm if these components, by their ids, had these statuses.

        Where a person has said otherwise about one of them, that counts.
        """
        return worst_of(
            one.impact_override
            or worst_impact(
                statuses.get(row.component_id, row.status) for row in one.affected.all()
            )
            for one in self.storm.prefetch_related("affected")
        )

    def roll_up_impact(self) -> None:
        """Compute the impact from the components, unless a person has said otherwise."""
        self.impact = self.impact_with({})
        self.save(update_fields=["impact"])


class IncidentComponent(models.Model):
    """A component an incident touches, and how badly at the moment."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="affected")
    component = models.ForeignKey(
        Component, models.PROTECT, related_name="+", verbose_name=_("component")
    )
    status = models.CharField(
        _("status"),
        max_length=30,
        choices=Component.Status,
        default=Component.Status.PARTIAL_OUTAGE,
    )

    class Meta:
        verbose_name = _("affected component")
        verbose_name_plural = _("affected components")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "component"], name="component_once_per_incident"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component}: {self.get_status_display()}"


def worst_rows(rows: Iterable[IncidentComponent]) -> list[IncidentComponent]:
    """Each component once, as bad as any of these rows says, in their order."""
    worst: dict[int, IncidentComponent] = {}
    for row in rows:
        known = worst.setdefault(row.component_id, row)
        if BY_SEVERITY.index(row.status) > BY_SEVERITY.index(known.status):
            worst[row.component_id] = row
    return list(worst.values())
