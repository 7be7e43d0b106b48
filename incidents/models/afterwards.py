from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audiences.fields import TextsField
from incidents.models.incidents import Incident
from incidents.models.plans import Plan
from incidents.models.updates import Update


class Postmortem(models.Model):
    """What happened, why, and what will prevent a repeat; promised within 72 hours."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        REVIEW = "review", _("in review")
        PUBLISHED = "published", _("published")

    incident = models.OneToOneField(
        Incident, models.CASCADE, related_name="postmortem", verbose_name=_("incident")
    )
    summary = TextsField(
        _("what the notice says"),
        blank=True,
        help_text=_("Two or three sentences; the whole text stands on the incident page."),
    )
    body = TextsField(_("body"), blank=True, help_text=_("Markdown"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    author = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("author")
    )
    reviewer = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewer")
    )
    # Story time (see Incident).
    due_at = models.DateTimeField(_("due at"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    # What tells of it; while that waits for approval, so does this.
    notice = models.OneToOneField(
        Update, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    returned_because = models.CharField(_("sent back because"), max_length=500, blank=True)
    # Story time: when it was submitted or sent back last, to whoever has it now.
    handed_on_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("post-mortem")
        verbose_name_plural = _("post-mortems")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="postmortem_published_has_time",
                violation_error_message=_("A published post-mortem has a time."),
            ),
            models.CheckConstraint(
                condition=Q(author=None) | Q(reviewer=None) | ~Q(author=F("reviewer")),
                name="postmortem_reviewed_by_a_second_person",
                violation_error_message=_("Somebody else reviews it, not its author."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident} · {self.get_state_display()}"

    @property
    def was_late(self) -> bool:
        return self.published_at is not None and self.published_at > self.due_at

    @property
    def is_with_reviewer(self) -> bool:
        return self.state == self.State.REVIEW and self.reviewer is not None

    def give_to(self, user: User) -> None:
        """Let somebody else review it, or write it; nobody does both."""
        if self.is_with_reviewer:
            self.reviewer = user
        else:
            self.author = user
            self.reviewer = None if self.reviewer == user else self.reviewer
        self.save(update_fields=["author", "reviewer"])

    @property
    def waits_for_approval(self) -> bool:
        return self.notice is not None and self.notice.state == Update.State.PROPOSED

    def is_overdue(self, clock: datetime) -> bool:
        """Whether it is owed at this moment of the story."""
        return self.state != self.State.PUBLISHED and self.due_at < clock


class Commitment(models.Model):
    """Something we promised our customers, by a date: a credit, a fix, a call."""

    incident = models.ForeignKey(
        Incident, models.CASCADE, related_name="commitments", verbose_name=_("incident")
    )
    text = TextsField(_("what we promised"))
    owner = models.ForeignKey(User, models.PROTECT, verbose_name=_("owner"))
    due_on = models.DateField(_("due on"))
    # Story time (see Incident). Customers read of it on the incident page once they were told.
    told_at = models.DateTimeField(_("customers know since"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    delivered_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("delivered by"),
    )
    outcome = TextsField(
        _("what was delivered"), blank=True, help_text=_("Customers read it in the notice.")
    )

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")

    def __str__(self) -> str:
        return f"{self.incident} · {self.due_on}"

    def is_overdue(self, today: date) -> bool:
        return self.delivered_at is None and self.due_on < today


class CommitmentMove(models.Model):
    """A commitment got another date, and why."""

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="moves")
    old_on = models.DateField(_("due before"))
    new_on = models.DateField(_("due now"))
    reason = models.CharField(_("reason"), max_length=500)
    moved_at = models.DateTimeField(_("moved at"))
    moved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("moved by")
    )

    class Meta:
        verbose_name = _("change of date")
        verbose_name_plural = _("changes of date")
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="commitment_move_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.old_on} → {self.new_on}"


class PlanReview(models.Model):
    """A look at a plan on its review date, or after something went wrong."""

    class Cause(models.TextChoices):
        DATE = "date", _("its review date")
        PROMISE = "promise", _("a broken promise")
        SCORE = "score", _("a low score")
        DRILL = "drill", _("a drill's finding")
        PERSON = "person", _("a person asked for it")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="reviews", verbose_name=_("plan"))
    incident = models.ForeignKey(
        Incident, models.SET_NULL, null=True, blank=True, verbose_name=_("because of")
    )
    reviewer = models.ForeignKey(User, models.PROTECT, verbose_name=_("reviewer"))
    due_on = models.DateField(_("due on"))
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    cause = models.CharField(_("cause"), max_length=10, choices=Cause, default=Cause.PERSON)
    # What led to it, as its row: a promise, a follow-up; one review each.
    subject = models.CharField(max_length=60, blank=True, editable=False)
    question = models.TextField(_("what is to be looked at"), blank=True)
    findings = models.TextField(_("findings"), blank=True)
    answered_by = models.ForeignKey(
        Plan,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="answered_reviews",
        verbose_name=_("answered by version"),
        help_text=_("The version of the plan that answers it; empty: nothing had to change."),
    )

    class Meta:
        verbose_name = _("plan review")
        verbose_name_plural = _("plan reviews")
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None) | ~Q(findings=""),
                name="review_done_has_findings",
                violation_error_message=_("Say what the review found."),
            ),
            models.UniqueConstraint(
                fields=["cause", "subject"],
                condition=~Q(subject=""),
                name="review_once_per_subject",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.due_on}"

    def is_overdue(self, today: date) -> bool:
        return self.done_at is None and self.due_on < today
