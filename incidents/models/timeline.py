from datetime import datetime
from typing import Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from incidents.models.afterwards import Commitment
from incidents.models.incidents import Incident
from incidents.models.schedule import ScheduleChange
from incidents.models.steps import PlanStep
from incidents.models.updates import Update
from messaging import states
from messaging.models import Broadcast


class TimelineEntryQuerySet(models.QuerySet["TimelineEntry"]):
    def planned(self) -> Self:
        return self.filter(state=TimelineEntry.State.PLANNED)

    def due(self, story_time: datetime) -> Self:
        return self.planned().filter(due_at__lte=story_time)

    def with_counts(self) -> Self:
        """Adds what became of each entry's messages: `told`, `reached`, `failed`."""
        deliveries = "broadcast__deliveries"
        return self.annotate(
            told=Count(deliveries),
            reached=Count(deliveries, Q(broadcast__deliveries__state__in=states.REACHED)),
            failed=Count(deliveries, Q(broadcast__deliveries__state__in=states.NOT_REACHED)),
        )


class TimelineEntry(models.Model):
    """One step of one incident's timeline. Its times are story time (see Incident)."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        WAITING = "waiting", _("waiting for a person")
        DONE = "done", _("done")
        LATE = "late", _("done late")
        SKIPPED = "skipped", _("skipped")
        CANCELLED = "cancelled", pgettext_lazy("timeline entry", "cancelled")

    class Reason(models.TextChoices):
        OPENED = "opened", _("the incident was opened")
        STATUS_REACHED = "status_reached", _("this status was reached")
        UPDATE_PUBLISHED = "update_published", _("an update was published")
        PROMISE_DUE = "promise_due", _("the promised update is due and nobody has written")
        STARTS = "starts", _("the maintenance is to start")
        NOT_BEGUN = "not_begun", _("the maintenance has not begun")
        ENDS = "ends", _("the maintenance is to end")
        MOVED = "moved", _("the maintenance was moved")
        EXTENDED = "extended", _("the maintenance takes longer")
        ROLLED_BACK = "rolled_back", _("the maintenance was rolled back")
        RESOLVED = "resolved", _("the incident is over")
        DELIVERED = "delivered", _("a commitment was delivered")
        RESCHEDULED = "rescheduled", _("the maintenance has other times now")
        REFUSED = "refused", _("nobody approved it")
        ALREADY_SAID = "already_said", _("an update was published in the meantime")
        OVERTAKEN = "overtaken", _("its next repetition was due")
        NO_LONGER_APPLIES = "no_longer_applies", _("the incident has moved on")
        TOLD_WITHIN = "told_within", _("it is told together with another incident")
        CORRECTED = "corrected", _("what was said was wrong")
        BY_A_PERSON = "by_a_person", _("a person decided so")

    incident = models.ForeignKey(
        Incident, models.CASCADE, related_name="timeline", verbose_name=_("incident")
    )
    step = models.ForeignKey(PlanStep, models.PROTECT, related_name="+", verbose_name=_("step"))
    slot = models.CharField(_("slot"), max_length=80, editable=False)
    due_at = models.DateTimeField(_("due at"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    note = models.CharField(_("note"), max_length=500, blank=True)
    # Technical facts that the plan's own words would have told: see services/safe_words.py.
    held = models.JSONField(default=list, blank=True, editable=False)
    update = models.ForeignKey(
        Update, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("update")
    )
    broadcast = models.OneToOneField(
        Broadcast,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="timeline_entry",
        verbose_name=_("broadcast"),
    )
    schedule_change = models.ForeignKey(
        ScheduleChange, models.CASCADE, null=True, blank=True, related_name="+"
    )
    commitment = models.ForeignKey(
        Commitment, models.CASCADE, null=True, blank=True, related_name="+"
    )
    # Whose task it is, set when it falls due, and until when it should be done.
    assignee = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assignee"),
    )
    deadline_at = models.DateTimeField(_("deadline"), null=True, blank=True)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, verbose_name=_("decided by")
    )

    objects = TimelineEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline")
        constraints = [
            # The planner names each occurrence; planning twice cannot plan it twice.
            models.UniqueConstraint(fields=["incident", "slot"], name="entry_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "late"]) | Q(released_at__isnull=False),
                name="entry_done_has_time",
            ),
        ]
        indexes = [
            # Serves the tick.
            models.Index(fields=["due_at"], condition=Q(state="planned"), name="entries_to_come"),
        ]

    def __str__(self) -> str:
        return f"{self.due_at:%Y-%m-%d %H:%M} · {self.step}"
