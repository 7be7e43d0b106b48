from typing import Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audiences.models.kinds import Channel


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def active(self) -> Self:
        return self.filter(lifted_at=None)


class Suppression(models.Model):
    """An address we must not write to on one channel, whoever asks, for one reason.

    Of an erased person's address only a keyed hash stands here, see services/erased.py.
    """

    class Reason(models.TextChoices):
        HARD_BOUNCE = "hard_bounce", _("hard bounce")
        COMPLAINT = "complaint", _("complaint")
        STOP = "stop", _("STOP")
        STAFF = "staff", _("staff")
        ERASURE = "erasure", _("erasure")

    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    address = models.CharField(_("address"), max_length=320)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, verbose_name=_("lifted by")
    )
    lifted_because = models.CharField(_("lifted because"), max_length=500, blank=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints = [
            # Serves the anti-join in recipients.freeze(), and makes suppressing twice harmless.
            # Each reason stands for itself: lifting a bounce does not forget a STOP.
            models.UniqueConstraint(
                fields=["channel", "address", "reason"],
                condition=Q(lifted_at=None),
                name="suppression_once",
                violation_error_message=_("It is suppressed for this reason already."),
            ),
            # A STOP is its owner's to take back, by START, and an erasure by joining again;
            # everything else needs a person of ours.
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None)
                | (
                    (Q(lifted_by__isnull=False) | Q(reason__in=["stop", "erasure"]))
                    & Q(lifted_at__isnull=False)
                    & ~Q(lifted_because="")
                ),
                name="suppression_lifted_with_reason",
                violation_error_message=_("Lifting needs a person, a time and a reason."),
            ),
        ]

        indexes = [
            # Serves the search in the admin: what an address begins with, also of what is lifted.
            models.Index(
                fields=["address"],
                name="suppression_by_address",
                opclasses=["varchar_pattern_ops"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address} · {self.get_reason_display()}"
