from datetime import timedelta

from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from incidents.models.incidents import Incident
from incidents.models.staff import Responder


class Drill(models.Model):
    """A rehearsal of a plan: an incident that tells staff only, and how it went."""

    incident = models.OneToOneField(
        Incident, models.CASCADE, related_name="drill", verbose_name=_("incident")
    )
    held_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("held by"))
    people = models.ManyToManyField(
        Responder, verbose_name=_("who takes part"), help_text=_("Only they get its messages.")
    )
    # A clock that runs so much faster catches up with the present at the end of the drill.
    lasts = models.DurationField(
        _("how long the story lasts"),
        default=timedelta(hours=4),
        help_text=_("hours:minutes:seconds from opening to the end, as it would be"),
    )
    takes = models.DurationField(
        _("how long the drill takes"),
        default=timedelta(minutes=20),
        help_text=_("hours:minutes:seconds in which that is played"),
    )
    score = models.PositiveSmallIntegerField(
        _("score"), null=True, blank=True, help_text=_("0 to 100")
    )
    lessons = models.TextField(_("lessons"), blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("drill")
        verbose_name_plural = _("drills")
        constraints = [
            models.CheckConstraint(
                condition=Q(takes__gt=timedelta(0), lasts__gte=F("takes")),
                name="drill_runs_no_slower_than_life",
                violation_error_message=_("The drill takes longer than its story lasts."),
            ),
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__lte=100),
                name="drill_score_is_a_percentage",
                violation_error_message=_("The score lies between 0 and 100."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.incident)
