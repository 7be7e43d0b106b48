from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audiences import zones
from audiences.fields import TextsField
from audiences.models.segments import Segment


class SupportWay(models.Model):
    """A way to reach a person of ours, and when somebody is there."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")
        CHAT = "chat", _("chat")
        PORTAL = "portal", _("web page")

    name = TextsField(_("name"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PHONE)
    address = models.CharField(
        _("number or address"), max_length=300, help_text=_("What is called, written to or opened.")
    )
    segments = models.ManyToManyField(
        Segment, blank=True, verbose_name=_("for"), help_text=_("Without any: for everybody.")
    )
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="Europe/Berlin", validators=[zones.validate]
    )
    # Whose public holidays close it: "DE", or "DE-BY" for Bavaria.
    holidays = models.CharField(
        _("holidays of"),
        max_length=10,
        blank=True,
        help_text=_("A country or a part of it, for example DE or DE-BY."),
    )
    is_open_on_holidays = models.BooleanField(_("open on holidays"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("way to reach support")
        verbose_name_plural = _("ways to reach support")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.address


class SupportHours(models.Model):
    """Open hours of one weekday, in the time zone of the way; two rows make a lunch break."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    way = models.ForeignKey(
        SupportWay, models.CASCADE, related_name="hours", verbose_name=_("way to reach support")
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    opens_at = models.TimeField(_("opens at"))
    # 00:00 is the end of the day.
    closes_at = models.TimeField(_("closes at"))

    class Meta:
        verbose_name = _("support hours")
        verbose_name_plural = _("support hours")
        ordering = ("weekday", "opens_at")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")) | Q(closes_at="00:00"),
                name="hours_end_after_they_begin",
                violation_error_message=_("Support closes before it opens."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens_at:%H:%M}–{self.closes_at:%H:%M}"


class ClosedDay(models.Model):
    """A day on which no way is open, besides public holidays; or only one."""

    way = models.ForeignKey(
        SupportWay,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="closed_days",
        verbose_name=_("way to reach support"),
        help_text=_("Without one: all of them."),
    )
    closed_on = models.DateField(_("closed on"))
    reason = TextsField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("closed day")
        verbose_name_plural = _("closed days")
        ordering = ("closed_on",)

    def __str__(self) -> str:
        return str(self.closed_on)
