from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

from audiences.fields import TextsField
from audiences.models import Segment


class Impact(models.TextChoices):
    NONE = "none", _("none")
    MINOR = "minor", _("minor")
    MAJOR = "major", _("major")
    CRITICAL = "critical", _("critical")
    MAINTENANCE = "maintenance", _("maintenance")


class ComponentGroup(models.Model):
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("component group")
        verbose_name_plural = _("component groups")

    def __str__(self) -> str:
        return self.name


class Component(models.Model):
    """A service that customers know by name."""

    class Status(models.TextChoices):
        OPERATIONAL = "operational", _("operational")
        UNDER_MAINTENANCE = "under_maintenance", _("under maintenance")
        DEGRADED_PERFORMANCE = "degraded_performance", _("degraded performance")
        PARTIAL_OUTAGE = "partial_outage", _("partial outage")
        MAJOR_OUTAGE = "major_outage", _("major outage")

    group = models.ForeignKey(
        ComponentGroup, models.SET_NULL, null=True, blank=True, verbose_name=_("group")
    )
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=100)
    description = models.CharField(_("description"), max_length=300, blank=True)
    hint = TextsField(
        _("self-help"), blank=True, help_text=_("What customers can do alone while it is away.")
    )
    status = models.CharField(
        _("status"), max_length=30, choices=Status, default=Status.OPERATIONAL
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # Who depends on it: the answer to "who is affected?".
    dependents = models.ManyToManyField(
        Segment, blank=True, related_name="components", verbose_name=_("who depends on it")
    )

    class Meta:
        verbose_name = _("component")
        verbose_name_plural = _("components")

    def __str__(self) -> str:
        return self.name


BY_SEVERITY: list[str] = Component.Status.values
_IMPACT_OF_STATUS: dict[str, Impact] = {
    Component.Status.MAJOR_OUTAGE: Impact.CRITICAL,
    Component.Status.PARTIAL_OUTAGE: Impact.MAJOR,
    Component.Status.DEGRADED_PERFORMANCE: Impact.MINOR,
    Component.Status.UNDER_MAINTENANCE: Impact.MAINTENANCE,
    Component.Status.OPERATIONAL: Impact.NONE,
}


def worst_impact(statuses: Iterable[str]) -> Impact:
    """The impact of an incident is that of its worst component (Statuspage's roll-up)."""
    return worst_of(_IMPACT_OF_STATUS.get(status, Impact.NONE) for status in statuses)


def worst_of(impacts: Iterable[str]) -> Impact:
    present = set(impacts)
    return next((one for one in _IMPACT_OF_STATUS.values() if one in present), Impact.NONE)
