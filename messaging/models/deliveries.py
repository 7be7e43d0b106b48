import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audiences.models import Channel, Contact, Detail, Segment
from messaging import states
from messaging.models.broadcasts import Broadcast
from messaging.models.control import Lease
from messaging.models.moves import RepeatedMove
from messaging.states import State


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, channel: str) -> Self:
        """To be sent now; on the database's clock."""
        return self.filter(channel=channel, state=State.PENDING, not_before__lte=Now())

    def held_by(self, owner: uuid.UUID) -> Self:
        return self.filter(lease=owner, state__in=states.IN_WORK)

    def reached(self) -> Self:
        return self.filter(state__in=states.REACHED)

    def move(self, to: State, **changes: object) -> int:
        """Bring those to a state that may come to it, and free them of a sender; returns how many.

        The only way a state changes after the freeze.
        """
        return self._that_may(to).update(**_changes(to, changes))

    def repeated_move(self, to: State, **changes: object) -> RepeatedMove:
        """The same as something to be called with some rows' numbers, many times."""
        return RepeatedMove.of(self._that_may(to), _changes(to, changes))

    def _that_may(self, to: State) -> Self:
        return self.filter(state__in=states.before(to))


def _changes(to: State, changes: dict[str, object]) -> dict[str, object]:
    freed = {} if to in states.IN_WORK else {"lease": None}
    return {"state": to, **freed, **changes}


class Delivery(models.Model):
    """One message to one address: the unit that is claimed, sent, retried and proven.

    There are millions, so this table has no foreign keys that the database checks row by row, and
    no index without a reader: rows are written from their contacts and broadcast in one statement.
    An index by state alone would double the cost of sending (measured), so nothing counts by state
    on the way; see services/progress.py.
    """

    State = State

    broadcast = models.ForeignKey(
        Broadcast,
        models.CASCADE,
        related_name="deliveries",
        verbose_name=_("broadcast"),
        db_constraint=False,
        db_index=False,
    )
    contact = models.ForeignKey(
        Contact,
        models.SET_NULL,
        null=True,
        related_name="deliveries",
        verbose_name=_("contact"),
        db_constraint=False,
        db_index=False,
    )
    segment = models.ForeignKey(
        Segment,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("segment"),
        db_constraint=False,
        db_index=False,
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    address = models.CharField(_("address"), max_length=320)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    # In which the reader's times are told; empty is ours.
    time_zone = models.CharField(_("time zone"), max_length=50, blank=True)
    detail = models.CharField(_("detail level"), max_length=10, choices=Detail)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # How many senders died while they held it.
    lapses = models.PositiveSmallIntegerField(_("lapsed leases"), default=0)
    not_before = models.DateTimeField(_("not before"), db_default=Now())
    lease = models.ForeignKey(
        Lease,
        models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="held",
        verbose_name=_("sender"),
        db_constraint=False,
        db_index=False,
    )
    sending_at = models.DateTimeField(_("sending at"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    final_at = models.DateTimeField(_("final at"), null=True, blank=True)
    # When the provider was last asked what became of it; only what is `unknown` is asked about.
    looked_up_at = models.DateTimeField(_("looked up at"), null=True, blank=True)
    provider_id = models.CharField(_("provider's id"), max_length=200, blank=True)
    error_code = models.CharField(_("error code"), max_length=40, blank=True)
    error_text = models.CharField(_("error text"), max_length=500, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            # One person gets one message per channel, however many segments name them. Begins with
            # the contact, so that it also serves whatever asks for one person's messages …
            models.UniqueConstraint(
                fields=["contact", "broadcast", "channel"], name="delivery_once_per_person"
            ),
            # … and one address gets one, however many people share it.
            models.UniqueConstraint(
                fields=["broadcast", "channel", "address"], name="delivery_once_per_address"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["claimed", "sending"]) | Q(lease__isnull=False),
                name="delivery_in_work_is_leased",
            ),
        ]
        indexes = [
            # Serves DeliveryQuerySet.due(), the claim.
            models.Index(
                fields=["broadcast", "channel", "id"],
                condition=Q(state="pending"),
                name="delivery_todo",
            ),
            # Serves Claimer's suspects: rows that were held by senders when they died.
            models.Index(
                fields=["broadcast", "channel"],
                condition=Q(state="pending", lapses__gte=2),
                name="delivery_suspect",
            ),
            # Serves recovery.recover_lapsed(), and DeliveryQuerySet.held_by().
            models.Index(
                fields=["lease"],
                condition=Q(state__in=["claimed", "sending"]),
                name="delivery_in_work",
            ),
            # Serves evidence.look_up(): what only the provider can tell.
            models.Index(fields=["id"], condition=Q(state="unknown"), name="delivery_unknown"),
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
