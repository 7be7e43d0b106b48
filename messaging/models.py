import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audiences.models import Channel, Contact, Detail, Segment


class Template(models.Model):
    """Words for one stage of the story, in as many languages as there are variants."""

    class Stage(models.TextChoices):
        ACKNOWLEDGE = "acknowledge", _("first notice")
        UPDATE = "update", _("update")
        HOLDING = "holding", _("holding statement")
        IDENTIFIED = "identified", _("identified")
        MONITORING = "monitoring", _("monitoring")
        RESOLVED = "resolved", _("resolved")
        POSTMORTEM = "postmortem", _("post-mortem")
        ANNOUNCE = "announce", _("maintenance announced")
        STARTED = "started", _("maintenance started")
        VERIFYING = "verifying", _("maintenance being verified")
        COMPLETED = "completed", _("maintenance completed")
        CANCELLED = "cancelled", _("maintenance cancelled")
        FEEDBACK = "feedback", _("feedback request")

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=200)
    stage = models.CharField(_("stage"), max_length=20, choices=Stage)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")

    def __str__(self) -> str:
        return self.name


class TemplateVariant(models.Model):
    """One language and detail level of a template: Markdown with Liquid placeholders."""

    template = models.ForeignKey(
        Template, models.CASCADE, related_name="variants", verbose_name=_("template")
    )
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    detail = models.CharField(
        _("detail level"), max_length=10, choices=Detail, default=Detail.PUBLIC
    )
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("body"), max_length=64_000, help_text=_("Markdown with placeholders"))
    sms_text = models.TextField(_("SMS text"), max_length=1_600, blank=True)
    short_text = models.CharField(_("short text"), max_length=280, blank=True)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        constraints = [
            models.UniqueConstraint(
                fields=["template", "language", "detail"],
                name="variant_once_per_language_and_detail",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} · {self.language} · {self.get_detail_display()}"


class BroadcastQuerySet(models.QuerySet["Broadcast"]):
    def unfrozen(self) -> Self:
        return self.filter(state=Broadcast.State.SENDING, frozen_at=None)

    def drained(self) -> Self:
        """Frozen, with nothing left to send; also what expired while it was paused."""
        at_work = [Broadcast.State.SENDING, Broadcast.State.PAUSED]
        return self.filter(state__in=at_work, frozen_at__isnull=False).exclude(
            deliveries__state__in=Delivery.OPEN
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

    class Purpose(models.TextChoices):
        NOTICE = "notice", _("service notice")
        FEEDBACK = "feedback", _("feedback request")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=300)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose, default=Purpose.NOTICE)
    # Messages with the same thread stand together in a mailbox, and share their audience's story.
    thread = models.CharField(_("thread"), max_length=100)
    facts = models.JSONField(_("facts"), default=dict)
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
    # Where the freeze goes on after a crash: which audience of the list, and the last contact done.
    freeze_position = models.PositiveIntegerField(default=0, editable=False)
    freeze_contact = models.PositiveBigIntegerField(default=0, editable=False)
    frozen_at = models.DateTimeField(_("recipients frozen at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    pause_reason = models.CharField(_("paused because"), max_length=300, blank=True)

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
            # Serves recipients.of_thread(): who heard the story so far.
            models.Index(fields=["thread"], name="broadcast_thread"),
            # Serves the sweep for broadcasts that still have work.
            models.Index(fields=["id"], condition=Q(state="sending"), name="broadcast_sending"),
        ]

    def __str__(self) -> str:
        return self.title


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


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def sendable(self, channel: str) -> Self:
        """Due and allowed to go out; everything is judged on the database's clock."""
        return self.filter(
            channel=channel,
            state=Delivery.State.PENDING,
            not_before__lte=Now(),
            broadcast__state=Broadcast.State.SENDING,
            broadcast__expires_at__gt=Now(),
        )

    def lapsed(self) -> Self:
        """Claimed or being sent by somebody who no longer renews the lease."""
        return self.filter(
            state__in=[Delivery.State.CLAIMED, Delivery.State.SENDING], lease_until__lt=Now()
        )

    def reached(self) -> Self:
        return self.filter(state__in=Delivery.REACHED)


class Delivery(models.Model):
    """One message to one address: the unit that is claimed, sent, retried and proven."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        CLAIMED = "claimed", _("claimed")
        SENDING = "sending", _("sending")
        ACCEPTED = "accepted", _("accepted")
        DELIVERED = "delivered", _("delivered")
        BOUNCED = "bounced", _("bounced")
        COMPLAINED = "complained", _("complained")
        UNDELIVERED = "undelivered", _("undelivered")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        SKIPPED = "skipped", _("skipped")
        CANCELLED = "cancelled", _("cancelled")
        UNKNOWN = "unknown", _("unknown")

    OPEN = (State.PENDING, State.CLAIMED, State.SENDING)
    REACHED = (State.ACCEPTED, State.DELIVERED)
    NOT_REACHED = (
        State.BOUNCED,
        State.UNDELIVERED,
        State.FAILED,
        State.EXPIRED,
        State.UNKNOWN,
    )

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    broadcast = models.ForeignKey(
        Broadcast, models.CASCADE, related_name="deliveries", verbose_name=_("broadcast")
    )
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, related_name="deliveries", verbose_name=_("contact")
    )
    segment = models.ForeignKey(
        Segment, models.SET_NULL, null=True, related_name="+", verbose_name=_("segment")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    address = models.CharField(_("address"), max_length=320)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    detail = models.CharField(_("detail level"), max_length=10, choices=Detail)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    lease_owner = models.UUIDField(_("lease owner"), null=True, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    sending_at = models.DateTimeField(_("sending at"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    final_at = models.DateTimeField(_("final at"), null=True, blank=True)
    provider_id = models.CharField(_("provider's id"), max_length=200, blank=True)
    error_code = models.CharField(_("error code"), max_length=40, blank=True)
    error_text = models.CharField(_("error text"), max_length=500, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            # One person gets one message per channel, however many segments name them …
            models.UniqueConstraint(
                fields=["broadcast", "channel", "contact"], name="delivery_once_per_person"
            ),
            # … and one address gets one, however many people share it.
            models.UniqueConstraint(
                fields=["broadcast", "channel", "address"], name="delivery_once_per_address"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["claimed", "sending"])
                | Q(lease_owner__isnull=False, lease_until__isnull=False),
                name="delivery_in_work_is_leased",
            ),
        ]
        indexes = [
            # Serves DeliveryQuerySet.sendable(), the claim.
            models.Index(
                fields=["channel", "id"], condition=Q(state="pending"), name="delivery_todo"
            ),
            # Serves DeliveryQuerySet.lapsed(), the sweep.
            models.Index(
                fields=["lease_until"],
                condition=Q(state__in=["claimed", "sending"]),
                name="delivery_in_work",
            ),
            # Serves progress by state, and "drained".
            models.Index(fields=["broadcast", "state"], name="delivery_progress"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} → {self.address}"


class DeliveryEvent(models.Model):
    """What a provider said about a delivery later, once per event, with its own words kept."""

    delivery = models.ForeignKey(
        Delivery,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("delivery"),
    )
    source = models.CharField(_("source"), max_length=20)
    event_key = models.CharField(_("event key"), max_length=200)
    kind = models.CharField(_("kind"), max_length=40)
    raw = models.JSONField(_("raw"), default=dict)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)

    class Meta:
        verbose_name = _("delivery event")
        verbose_name_plural = _("delivery events")
        constraints = [
            # A provider may tell us the same thing twice.
            models.UniqueConstraint(fields=["source", "event_key"], name="event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source} · {self.kind}"
