import uuid
from functools import cached_property
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audiences.models import Detail, Segment, Severity
from messaging import states


class BroadcastQuerySet(models.QuerySet["Broadcast"]):
    def unfrozen(self) -> Self:
        return self.filter(state=Broadcast.State.SENDING, frozen_at=None)

    def at_work(self) -> Self:
        """Being sent and still news, the most urgent first; on the database's clock."""
        sending = self.filter(state=Broadcast.State.SENDING, expires_at__gt=Now())
        return sending.order_by("priority", "pk").prefetch_related("amendments")

    def drained(self) -> Self:
        """Frozen, with nothing left to send; also what expired while it was paused."""
        # In two questions, each of which a partial index answers.
        return (
            self.filter(state__in=Broadcast.UNFINISHED, frozen_at__isnull=False)
            .exclude(deliveries__state=states.State.PENDING)
            .exclude(deliveries__state__in=states.IN_WORK)
        )


class Broadcast(models.Model):
    """One message to an audience at one moment; its words and its recipients are frozen."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        AWAITING_APPROVAL = "awaiting_approval", _("awaiting approval")
        SENDING = "sending", _("sending")
        PAUSED = "paused", _("paused")
        FINISHED = "finished", _("finished")
        CANCELLED = "cancelled", _("cancelled")

    UNFINISHED = frozenset({State.SENDING, State.PAUSED})
    STARTED = UNFINISHED | {State.FINISHED}
    OVER = frozenset({State.FINISHED, State.CANCELLED})

    class Purpose(models.TextChoices):
        NOTICE = "notice", _("service notice")
        FEEDBACK = "feedback", _("feedback request")
        # To who got an earlier message whose words were wrong, and to nobody else.
        CORRECTION = "correction", _("correction")
        # Bare of anything else: whether somebody really wants to hear from us.
        OPT_IN = "opt_in", _("request to confirm")
        # To one of our own people, who is called to act.
        DUTY = "duty", _("call to one of our own")
        # To whoever gave feedback.
        OUTCOME = "outcome", _("what came of feedback")
        # Written by one of us to one customer.
        REPLY = "reply", _("reply to one person")

    # Needs the consent to be asked for feedback.
    CONSENTED = frozenset({Purpose.FEEDBACK, Purpose.OUTCOME})
    # A letter to one person: no list that could be left, nothing that their wishes hold back.
    PERSONAL = frozenset({Purpose.OPT_IN, Purpose.DUTY, Purpose.REPLY})

    class Priority(models.IntegerChoices):
        """Who goes first where senders have more to do than they can at once."""

        # Whoever of us is called to speak cannot wait behind all those who are spoken to.
        CALL = 0, _("before everything else")
        URGENT = 1, _("urgent")
        NORMAL = 5, _("normal")
        BULK = 9, _("when there is time")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Seals the personal links of its deliveries for as long as they exist; see services/links.py.
    secret = models.UUIDField(default=uuid.uuid4, editable=False)
    title = models.CharField(_("title"), max_length=300)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose, default=Purpose.NOTICE)
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, default=Priority.NORMAL
    )
    # How bad it is: whoever wants a channel only for worse than this does not hear it there.
    severity = models.PositiveSmallIntegerField(
        _("severity"), choices=Severity, default=Severity.CRITICAL
    )
    # Messages with the same thread stand together in a mailbox, and share their audience's story.
    thread = models.CharField(_("thread"), max_length=100)
    # Whether it takes the place of what was said earlier in the thread and has not gone out yet.
    supersedes = models.BooleanField(_("supersedes earlier messages"), default=True)
    # The request for feedback that this one reminds of, which is done once: its links lead there.
    reminds = models.OneToOneField(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="reminder",
        verbose_name=_("reminds of"),
    )
    # Earlier requests for feedback: whoever got one is not asked by this one.
    spares = models.JSONField(default=list, editable=False)
    # Part of a replay, which really asks nobody.
    is_played = models.BooleanField(default=False, editable=False)
    facts = models.JSONField(_("facts"), default=dict)
    # Those that the facts name, each with the one on whose day it is read: see services/hours.py.
    moments = models.JSONField(_("moments"), default=list, editable=False)
    channels = models.JSONField(_("channels"), default=list)
    segments = models.ManyToManyField(Segment, blank=True, verbose_name=_("segments"))
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    started_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("started by")
    )
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    expires_at = models.DateTimeField(_("expires at"))
    # Where the freeze goes on after a crash: the last contact looked at, and how many are next;
    # contacts that came later than `freeze_until` are not part of this audience.
    freeze_contact = models.PositiveBigIntegerField(default=0, editable=False)
    freeze_until = models.PositiveBigIntegerField(null=True, editable=False)
    freeze_width = models.PositiveIntegerField(default=0, editable=False)
    frozen_at = models.DateTimeField(_("recipients frozen at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    pause_reason = models.CharField(_("paused because"), max_length=500, blank=True)
    # How many deliveries are in which state, as counted last: counting a million costs too much to
    # do it for every look (see services/progress.py).
    counts = models.JSONField(_("counts"), default=dict, editable=False)
    counted_at = models.DateTimeField(_("counted at"), null=True, editable=False)
    # When its deliveries' addresses were given up, see services/retention.py.
    anonymised_at = models.DateTimeField(_("anonymous since"), null=True, editable=False)

    objects = BroadcastQuerySet.as_manager()

    class Meta:
        verbose_name = _("broadcast")
        verbose_name_plural = _("broadcasts")
        constraints = [
            models.CheckConstraint(
                condition=Q(started_at__isnull=False)
                | Q(state__in=["draft", "awaiting_approval", "cancelled"]),
                name="broadcast_started_has_time",
            ),
        ]
        indexes = [
            # Serves asking.Asking and barring.newer_of_the_story().
            models.Index(fields=["thread"], name="broadcast_thread"),
            # Serves BroadcastQuerySet.at_work(): what senders choose from.
            models.Index(
                fields=["priority", "id"], condition=Q(state="sending"), name="broadcast_at_work"
            ),
            # Serves asking.lately().
            models.Index(
                fields=["started_at"], condition=Q(purpose="feedback"), name="broadcast_asking"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @cached_property
    def needs_consent(self) -> bool:
        """Whether it is for those alone who agree to be asked for feedback; so is what puts a
        request right."""
        if self.purpose == self.Purpose.CORRECTION:
            return self.amends.filter(wrong__purpose__in=self.CONSENTED).exists()
        return self.purpose in self.CONSENTED

    @cached_property
    def recalled(self) -> frozenset[tuple[str, ...]]:
        """The texts of it that do not go out any more, see Amendment."""
        return frozenset(tuple(one) for each in self.amendments.all() for one in each.texts)


class Amendment(models.Model):
    """That an earlier message had wrong words, which a later one puts right.

    `texts` are those that were wrong, each as [channel, language, detail level] of its readers. A
    correction goes to who got one of them; a notice, in its place, to who was still to get one.
    """

    wrong = models.ForeignKey(
        Broadcast, models.CASCADE, related_name="amendments", verbose_name=_("wrong message")
    )
    by = models.ForeignKey(
        Broadcast, models.CASCADE, related_name="amends", verbose_name=_("put right by")
    )
    texts = models.JSONField(_("wrong texts"), default=list)

    class Meta:
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")
        constraints = [
            models.UniqueConstraint(fields=["wrong", "by"], name="amendment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.wrong} → {self.by}"


class BroadcastContent(models.Model):
    """What a broadcast says in one language at one detail level, rendered and frozen.

    What differs per recipient, `merging.FIELDS`, is still open in `text` and `html`.
    """

    broadcast = models.ForeignKey(
        Broadcast, models.CASCADE, related_name="contents", verbose_name=_("broadcast")
    )
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    detail = models.CharField(_("detail level"), max_length=10, choices=Detail)
    subject = models.CharField(_("subject"), max_length=300)
    text = models.TextField(_("plain text"))
    html = models.TextField(_("HTML"))
    sms_text = models.TextField(_("SMS text"), blank=True)

    class Meta:
        verbose_name = _("content")
        verbose_name_plural = _("contents")
        constraints = [
            models.UniqueConstraint(
                fields=["broadcast", "language", "detail"],
                name="content_once_per_language_and_detail",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.broadcast} · {self.language} · {self.get_detail_display()}"
