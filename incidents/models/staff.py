from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audiences.colleagues import called
from audiences.models import Contact, SupportHours
from incidents.models.plans import PartOfPlan, Plan


class Responder(models.Model):
    """How one of our own people is reached when something is about to go wrong, and when."""

    user = models.OneToOneField(
        User, models.CASCADE, related_name="responder", verbose_name=_("person")
    )
    # The addresses, the language and the time zone.
    contact = models.OneToOneField(
        Contact, models.PROTECT, related_name="+", verbose_name=_("contact")
    )

    class Meta:
        verbose_name = _("responder")
        verbose_name_plural = _("responders")

    def __str__(self) -> str:
        return called(self.user)


class OnCallHours(models.Model):
    """When a responder is called, in the zone of the contact. Without any: at all times."""

    responder = models.ForeignKey(Responder, models.CASCADE, related_name="on_call")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=SupportHours.Weekday)
    opens_at = models.TimeField(_("from"))
    closes_at = models.TimeField(_("until"), help_text=_("0:00 is the end of the day."))

    class Meta:
        verbose_name = _("on-call hours")
        verbose_name_plural = _("on-call hours")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")) | Q(closes_at="00:00"),
                name="on_call_ends_after_it_begins",
                violation_error_message=_(
                    "The hours end before they begin. Over midnight, make two lines: one until"
                    " 0:00, and one from 0:00 of the next day."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens_at:%H:%M}–{self.closes_at:%H:%M}"


class Absence(models.Model):
    """Days on which a responder is not called: both of them and all between."""

    responder = models.ForeignKey(Responder, models.CASCADE, related_name="absences")
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__gte=F("from_on")),
                name="absence_ends_after_it_starts",
                violation_error_message=_("An absence ends after it starts."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_on} – {self.until_on}"


class Duty(PartOfPlan):
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
