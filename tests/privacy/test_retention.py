"""What names people is given up when it has been kept long enough, and nothing that counts is."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from audiences.models import ConsentEvent, Contact, ContactImport, Subscription, Suppression
from audiences.services import erased, erasure
from audiences.services import retention as people
from messaging.models import Broadcast, Delivery, DeliveryEvent
from messaging.services import links, opt_ins, unsubscribes
from messaging.services import retention as messages
from messaging.services.unsubscribes import Way
from tests.factories import (
    NOON,
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    SegmentFactory,
    SubscriptionFactory,
)

LONG_AGO = NOON - timedelta(days=2000)


@pytest.fixture
def old(ana: Contact) -> Delivery:
    broadcast = BroadcastFactory(
        state="finished", created_at=LONG_AGO, started_at=LONG_AGO, finished_at=LONG_AGO
    )
    delivery = DeliveryFactory(
        contact=ana, broadcast=broadcast, state="delivered", error_text="ana@example.com"
    )
    DeliveryEvent.objects.create(
        delivery=delivery, source="x", event_key="1", kind="ok", raw={"to": 1}, received_at=LONG_AGO
    )
    return delivery


def test_old_messages_lose_their_address_and_keep_what_became_of_them(old: Delivery) -> None:
    token = links.token(old)

    given_up = messages.forget(now=NOON)

    old.refresh_from_db()
    assert given_up == {"events": 1, "addresses": 1}
    assert (old.address, old.error_text) == (f"erased:{old.pk}", "")
    assert old.state == Delivery.State.DELIVERED
    assert old.events.get().raw == {}
    assert links.letter(token) == old


def test_an_old_link_still_unsubscribes(old: Delivery, ana: Contact) -> None:
    old.segment = SubscriptionFactory(contact=ana, segment=SegmentFactory()).segment
    old.save()
    messages.forget(now=NOON)
    old.refresh_from_db()

    unsubscribes.leave(delivery=old, way=Way("link"), now=NOON)

    assert Subscription.objects.get().state == Subscription.State.UNSUBSCRIBED


@pytest.mark.parametrize("changes", [{"state": "sending"}, {"finished_at": NOON}])
def test_what_is_not_over_or_not_old_is_kept(old: Delivery, changes: dict[str, object]) -> None:
    Broadcast.objects.update(**changes)

    messages.forget(now=NOON)

    assert Delivery.objects.get().address == "ana@example.com"


def test_all_of_a_broadcast_is_done_in_pieces_and_once(
    old: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "BATCH", 2)
    for number in range(5):
        # Addresses on both sides of those that are left in their place.
        contact = ContactFactory(email=f"{'az'[number % 2]}{number}@example.com")
        DeliveryFactory(broadcast=old.broadcast, contact=contact)

    messages.forget(now=NOON)
    again = messages.forget(now=NOON)

    assert not Delivery.objects.exclude(address__startswith="erased:").exists()
    assert again == {"events": 0, "addresses": 0}


def test_nought_keeps_everything(old: Delivery, settings: Settings) -> None:
    settings.KEEP_EVENTS_DAYS = settings.KEEP_ADDRESSES_DAYS = 0

    assert messages.forget(now=NOON) == {"events": 0, "addresses": 0}
    assert Delivery.objects.get().address == "ana@example.com"


@pytest.mark.django_db
def test_lines_of_old_imports_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "BATCH", 1)
    for state in ("done", "failed", "running"):
        ContactImport.objects.create(
            file="1", name=state, state=state, created_at=LONG_AGO, report={"rows": ["Ana"]}
        )

    given_up = people.forget(now=NOON)

    assert given_up["imports"] == 2
    assert list(ContactImport.objects.exclude(report={}).values_list("name", flat=True)) == [
        "running"
    ]


def asked(**changes: object) -> Contact:
    contact = ContactFactory(name="", created_at=LONG_AGO, **changes)
    ConsentEvent.objects.create(
        contact=contact,
        purpose="notice",
        kind="requested",
        source="self",
        at=LONG_AGO,
        network_address="2001:db8::1",
    )
    return contact


def test_whoever_never_confirmed_is_forgotten_and_may_be_asked_again(ana: Contact) -> None:
    stranger = asked(email="stranger@example.com")
    SubscriptionFactory(contact=stranger, state="unconfirmed", source="self", changed_at=LONG_AGO)
    SubscriptionFactory(contact=ana, changed_at=LONG_AGO)

    assert opt_ins.forget_unconfirmed(now=NOON) == 1
    assert list(Contact.objects.all()) == [ana]
    assert not erased.is_erased(channel="email", address="stranger@example.com")


def test_an_erased_person_who_never_confirmed_stays_erased(db: None) -> None:
    erasure.erase(contact=ContactFactory(email="zoe@example.com"), by=None, now=LONG_AGO)
    asked(email="zoe@example.com")

    assert opt_ins.forget_unconfirmed(now=NOON) == 1

    assert erased.is_erased(channel="email", address="zoe@example.com")


def test_whoever_confirmed_stays_without_where_from(db: None) -> None:
    member = asked()
    ConsentEvent.objects.create(
        contact=member, purpose="notice", kind="given", source="self", at=LONG_AGO
    )

    people.forget(now=NOON)

    assert Contact.objects.get() == member
    assert not ConsentEvent.objects.exclude(network_address=None).exists()


def test_suppressions_lifted_long_ago_go_and_those_in_force_stay(db: None) -> None:
    for lifted_at in (LONG_AGO, NOON, None):
        Suppression.objects.create(
            channel="sms",
            address="+4917139200001",
            reason="stop",
            created_at=LONG_AGO,
            lifted_at=lifted_at,
            lifted_because="START" if lifted_at else "",
        )

    people.forget(now=NOON)

    assert set(Suppression.objects.values_list("lifted_at", flat=True)) == {NOON, None}
