from typing import Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from incidents.models.incidents import Incident
from incidents.models.timeline import TimelineEntry
from incidents.models.updates import Update


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def undecided(self) -> Self:
        """What a person may still decide: also what was held back because nobody did."""
        return self.filter(decision__in=[Approval.Decision.OPEN, Approval.Decision.HELD])


class Approval(models.Model):
    """A second person is asked about exactly these words, to these people, at this time.

    `fingerprint` is of the words, the segments, their rules and the times: what has another one is
    another request, and voids this one. So do many more than the `people` who would hear it when
    it was asked for, where these are counted; see services/readership.py.
    Times are story time (see Incident).
    """

    class Decision(models.TextChoices):
        OPEN = "open", _("open")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        PUBLISHED = "published", _("nobody decided in time: published")
        HELD = "held", _("nobody decided in time: held back")
        VOID = "void", _("void: something was changed")

    update = models.ForeignKey(
        Update, models.CASCADE, null=True, blank=True, related_name="approvals"
    )
    entry = models.ForeignKey(
        TimelineEntry, models.CASCADE, null=True, blank=True, related_name="approvals"
    )
    fingerprint = models.CharField(max_length=64, editable=False)
    people = models.PositiveIntegerField(_("people"), null=True, editable=False)
    requested_at = models.DateTimeField(_("requested at"))
    requested_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("written by")
    )
    expires_at = models.DateTimeField(_("expires at"))
    decision = models.CharField(
        _("decision"), max_length=10, choices=Decision, default=Decision.OPEN
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        permissions = [("approve_update", _("Can approve what another person wrote"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(update=None, entry__isnull=False) | Q(update__isnull=False, entry=None),
                name="approval_is_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["update"], condition=Q(decision="open"), name="approval_of_update_open_once"
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(decision="open"), name="approval_of_entry_open_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None)
                | Q(requested_by=None)
                | ~Q(decided_by=F("requested_by")),
                name="approval_by_a_second_person",
                violation_error_message=_("A second person approves, not the one who wrote it."),
            ),
            models.CheckConstraint(
                condition=~Q(decision="refused") | ~Q(reason=""),
                name="refusal_has_reason",
                violation_error_message=_("Say why it is refused."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_decision_display()

    @property
    def incident(self) -> Incident:
        about = self.update or self.entry
        assert about, "constraint approval_is_of_one_thing"
        return about.incident

    @property
    def is_undecided(self) -> bool:
        return self.decision in (self.Decision.OPEN, self.Decision.HELD)

    @property
    def is_cleared(self) -> bool:
        """Whether it may be said: somebody approved it, or the plan does without."""
        return self.decision in (self.Decision.APPROVED, self.Decision.PUBLISHED)
