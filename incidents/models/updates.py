from datetime import datetime
from typing import Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audiences.fields import TextsField
from audiences.models import AudienceKind
from incidents.models.components import Component
from incidents.models.incidents import Incident
from incidents.models.status import Status


class UpdateQuerySet(models.QuerySet["Update"]):
    def published(self) -> Self:
        """What was really said, in the order of the story; not what puts something of it right."""
        said = self.filter(state=Update.State.PUBLISHED, corrects=None)
        return said.order_by("published_at", "pk")

    def proposed(self) -> Self:
        """What waits to be said; not what is to put something right."""
        return self.filter(state=Update.State.PROPOSED, corrects=None)

    def refused(self) -> Self:
        """Likewise what was not to be said."""
        return self.filter(state=Update.State.REFUSED, corrects=None)

    def public(self) -> Self:
        """What customers heard, and the status page shows."""
        return self.published().filter(audience__in=["", AudienceKind.CUSTOMER])


class Update(models.Model):
    """What we said at one moment, and when we promised to speak again.

    Proposed, it is not said yet: `published_at` is then when it was written.
    """

    class Origin(models.TextChoices):
        PERSON = "person", _("written by a person")
        PLAN = "plan", _("pre-approved statement of the plan")

    class State(models.TextChoices):
        PUBLISHED = "published", _("published")
        PROPOSED = "proposed", _("waiting for approval")
        REFUSED = "refused", _("refused")

    class Withdrawal(models.TextChoices):
        OUTSIDE = "outside", _("only internal readers should have got it")
        EVERYBODY = "everybody", _("nobody should have got it")

    incident = models.ForeignKey(
        Incident, models.CASCADE, related_name="updates", verbose_name=_("incident")
    )
    # The update that this one puts right; of several, the last one holds.
    corrects = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="corrections",
        verbose_name=_("corrects"),
    )
    withdraws = models.CharField(
        _("takes it back"), max_length=10, choices=Withdrawal, blank=True, editable=False
    )
    # Whether the public page quotes what this one puts right.
    quotes_wrong = models.BooleanField(_("shows the wrong text"), default=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PUBLISHED)
    audience = models.CharField(
        _("audience"),
        max_length=10,
        choices=AudienceKind,
        blank=True,
        help_text=_("Who hears it. Empty means everybody."),
    )
    status = models.CharField(_("status"), max_length=15, choices=Status)
    public_text = TextsField(_("public text"))
    technical_text = TextsField(_("technical text"), blank=True)
    next_update_due_at = models.DateTimeField(_("next update due at"), null=True, blank=True)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin, default=Origin.PERSON)
    changes_status = models.BooleanField(_("changes the status"), default=False)
    # What else a proposal does once it is approved: see services/proposals.py.
    proposal = models.JSONField(default=dict, blank=True, editable=False)
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, verbose_name=_("published by")
    )

    objects = UpdateQuerySet.as_manager()

    class Meta:
        verbose_name = _("update")
        verbose_name_plural = _("updates")
        constraints = [
            models.CheckConstraint(
                condition=Q(next_update_due_at=None) | Q(next_update_due_at__gt=F("published_at")),
                name="update_promises_the_future",
                violation_error_message=_("The next update must be promised for the future."),
            ),
        ]
        indexes = [models.Index(fields=["incident", "published_at"], name="updates_in_order")]

    def __str__(self) -> str:
        return f"{self.get_status_display()} · {self.published_at:%Y-%m-%d %H:%M}"

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def versions(self) -> "list[Update]":
        """It, and each correction of it that was published, in their order."""
        corrections = [one for one in self.corrections.all() if one.is_published]
        return [self, *sorted(corrections, key=lambda one: one.pk)]

    @property
    def as_corrected(self) -> "Update":
        """What holds now."""
        return self.versions[-1]

    @property
    def promised_at(self) -> datetime | None:
        """The next word it promises, or a correction of it instead."""
        meant = [one for one in self.versions if one.proposal.get("meant")]
        return (meant or [self])[-1].next_update_due_at

    @property
    def promised_apart(self) -> dict[str, datetime]:
        """What a proposal promises to kinds of audience that have a rhythm of their own."""
        promised = self.proposal.get("promised", {})
        return {kind: datetime.fromisoformat(at) for kind, at in promised.items()}

    @property
    def facts(self) -> dict[str, dict[str, str]]:
        """Those of the incident that it changes, as they are then."""
        facts: dict[str, dict[str, str]] = self.proposal.get("facts", {})
        return facts


class UpdateComponent(models.Model):
    """How an update changed a component."""

    update = models.ForeignKey(Update, models.CASCADE, related_name="component_changes")
    component = models.ForeignKey(Component, models.PROTECT, related_name="+")
    old_status = models.CharField(_("before"), max_length=30, choices=Component.Status)
    new_status = models.CharField(_("after"), max_length=30, choices=Component.Status)

    class Meta:
        verbose_name = _("component change")
        verbose_name_plural = _("component changes")
        constraints = [
            models.UniqueConstraint(fields=["update", "component"], name="change_once_per_update"),
        ]

    def __str__(self) -> str:
        before, after = self.get_old_status_display(), self.get_new_status_display()
        return f"{self.component}: {before} → {after}"


class Promise(models.Model):
    """That an audience hears from us again by a moment. Its times are story time.

    Kept: something was said in time, grace included, or it was over. Late: after that, within
    the time that was promised once more. Broken: later than that, or never. Corrected: another
    time was meant, and is promised instead. Void: its drill was ended before it was late.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", _("open")
        KEPT = "kept", _("kept")
        LATE = "late", _("late")
        BROKEN = "broken", _("broken")
        CORRECTED = "corrected", _("corrected")
        VOID = "void", _("void")

    # These say nothing about whether we keep our word.
    UNJUDGED = (Outcome.CORRECTED, Outcome.VOID)

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="promises")
    update = models.ForeignKey(
        Update, models.CASCADE, related_name="promises", verbose_name=_("promised by")
    )
    audience = models.CharField(_("audience"), max_length=10, choices=AudienceKind, blank=True)
    made_at = models.DateTimeField(_("made at"))
    due_at = models.DateTimeField(_("due at"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.OPEN)
    settled_by = models.ForeignKey(
        Update, models.SET_NULL, null=True, related_name="+", verbose_name=_("settled by")
    )
    settled_at = models.DateTimeField(_("settled at"), null=True)

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        constraints = [
            # To each audience one word is owed at a time.
            models.UniqueConstraint(
                fields=["incident", "audience"],
                condition=Q(settled_at=None),
                name="promise_open_once",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("made_at")), name="promise_is_for_the_future"
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None) | ~Q(outcome="open"), name="promise_settled_is_judged"
            ),
        ]
        indexes = [
            # Serves promises.judge() and the ladder.
            models.Index(fields=["due_at"], condition=Q(settled_at=None), name="promises_owed"),
        ]

    def __str__(self) -> str:
        return f"{self.due_at:%Y-%m-%d %H:%M} · {self.get_outcome_display()}"
