"""What messaging holds about a person: the messages to them, and what became of each."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, Value
from django.db.models.functions import Cast, Concat

from audiences.models import Contact
from audiences.services import erased, personal_data
from audiences.services.personal_data import People
from audiences.services.traces import Traces
from messaging.models import Broadcast, Delivery, DeliveryEvent, DeliveryQuerySet
from messaging.services.reading import Read, as_read
from messaging.states import State

# Rows per statement, so that a person with a long history is no long statement either.
_AT_ONCE = 500


def of(contact: Contact) -> DeliveryQuerySet:
    """Every message to somebody, the newest first; the index begins with the contact."""
    return Delivery.objects.filter(contact=contact).order_by("-broadcast", "-channel")


def _collect(contact: Contact) -> list[dict[str, Any]]:
    rows = of(contact).select_related("broadcast").prefetch_related("events")
    return [_shown(read) for read in as_read(rows, name=contact.name)]


def _shown(read: Read) -> dict[str, Any]:
    delivery = read.delivery
    return {
        "about": delivery.broadcast.title,
        "purpose": delivery.broadcast.purpose,
        "channel": delivery.channel,
        "address": delivery.address,
        "language": delivery.language,
        "subject": read.subject,
        "text": read.text,
        "state": delivery.state,
        "accepted_at": delivery.accepted_at,
        "final_at": delivery.final_at,
        "error_code": delivery.error_code,
        "error_text": delivery.error_text,
        "events": [_event(event) for event in delivery.events.all()],
    }


def _event(event: DeliveryEvent) -> dict[str, Any]:
    shown = {"source": event.source, "kind": event.kind, "received_at": event.received_at}
    return {**shown, "raw": event.raw}


def _erase(people: People, now: datetime) -> None:
    """Their deliveries prove that something was sent, and no longer to whom."""
    # Whoever writes recipients at the moment is waited for, and nobody begins until the contact is
    # gone: a row written meanwhile would keep the address.
    list(Broadcast.objects.unfrozen().select_for_update().values_list("pk", flat=True))
    for ids in _theirs(people):
        mine = Delivery.objects.filter(pk__among=ids)
        # What a sender holds in its hands is found cancelled within a second, and not begun.
        mine.filter(state__in=(State.PENDING, State.CLAIMED)).move(
            State.CANCELLED, error_code="erased", final_at=now
        )
        anonymise(mine)
    orphaned = DeliveryEvent.objects.filter(delivery=None)
    Traces.of_addresses(people.each).scrub(orphaned, "raw")


def _move(source: Contact, target: Contact, now: datetime) -> None:
    """Messages go along; of those that both got, the other's stays as a number without a name."""
    list(Broadcast.objects.unfrozen().select_for_update().values_list("pk", flat=True))
    theirs = Delivery.objects.filter(contact=source)
    both = Delivery.objects.filter(
        contact=target, broadcast=OuterRef("broadcast"), channel=OuterRef("channel")
    )
    twice = list(theirs.filter(Exists(both)).values_list("pk", flat=True))
    for ids in _pieces(twice):
        mine = Delivery.objects.filter(pk__among=ids)
        # The same person does not get the same news twice.
        mine.filter(state__in=(State.PENDING, State.CLAIMED)).move(
            State.CANCELLED, error_code="merged", final_at=now
        )
        anonymise(mine)
    theirs.update(contact=target)


def anonymise(deliveries: DeliveryQuerySet) -> None:
    """Nothing in these rows leads to a person any more; each keeps its state and its times."""
    DeliveryEvent.objects.filter(delivery__in=deliveries).update(raw={})
    deliveries.update(contact=None, **without_address())


def without_address() -> dict[str, Any]:
    """The changes that take the address out of deliveries, and what a provider said about it."""
    number = Cast(F("pk"), CharField(max_length=20))
    # Another for each row: it is unique within a broadcast.
    return {"address": Concat(Value(erased.PREFIX), number), "error_text": ""}


def _theirs(people: People) -> Iterator[list[int]]:
    own = Delivery.objects.filter(contact__in=people.numbers)
    yield from _pieces(list(own.values_list("pk", flat=True)))
    # What went to the address before it was this contact's, or after the contact was deleted. By
    # its broadcasts, for the unique index begins with them; nothing finds an address alone.
    is_there = Exists(Contact.objects.filter(pk=OuterRef("contact")))
    broadcasts = list(Broadcast.objects.order_by("pk").values_list("pk", flat=True))
    for some in _pieces(broadcasts):
        for channel, addresses in people.addresses().items():
            there = Delivery.objects.filter(
                broadcast__in=some, channel=channel, address__in=addresses
            )
            yield from _pieces(list(there.exclude(is_there).values_list("pk", flat=True)))


def _pieces(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


personal_data.register("messages", collect=_collect, erase=_erase, move=_move)
