"""An agreement is about an address: the link in a mailbox somebody no longer has agrees to nothing
at the one they have now. What it can do is stop."""

import pytest
from django.test import Client
from django.utils import timezone

from audiences.models import Contact, ContactAlias, Segment, Subscription
from audiences.services import readdressing
from audiences.services.consents import Proof
from messaging.models import Delivery
from messaging.services import links, opt_ins, unsubscribes
from messaging.services.unsubscribes import Way
from tests.factories import NOON, BroadcastFactory, DeliveryFactory, SegmentFactory
from tests.factories import SubscriptionFactory as Subscribed
from tests.pages import form_on

NEW, NUMBER = "somebody.else@example.net", "+4917139200017"
State = Subscription.State


@pytest.fixture
def shop() -> Segment:
    return SegmentFactory(name="Shop", is_listed=True)


@pytest.fixture
def delivery(bo: Contact, shop: Segment) -> Delivery:
    """Of the time when the mailbox was theirs."""
    Subscribed(contact=bo, segment=shop)
    return DeliveryFactory(contact=bo, segment=shop)


def move(bo: Contact, **to: str) -> None:
    [(field, address)] = to.items()
    before = {bo.pk: getattr(bo, field)}
    setattr(bo, field, address)
    bo.save(update_fields=[field])
    channel = "sms" if field == "phone" else field
    readdressing.take_back(channel=channel, left=before, proof=Proof(source="staff"), now=NOON)


def states(bo: Contact) -> dict[str, str]:
    return dict(bo.subscriptions.values_list("channel", "state"))


@pytest.mark.parametrize("is_cleared", [False, True])
def test_the_settings_are_not_open_to_who_reads_the_old_mailbox(
    client: Client, bo: Contact, delivery: Delivery, shop: Segment, is_cleared: bool
) -> None:
    url = f"/p/{links.token(delivery)}/"
    typed = form_on(client.get(url).content.decode())
    move(bo, email=NEW)
    if is_cleared:
        delivery.delete()

    page = client.get(url).content.decode()
    client.post(url, typed | {"place": [f"{shop.pk}:email"], "language": ["de"], "choice": "save"})
    client.post(url, {"choice": "move", "email": "mine@example.org", "phone": ""})

    assert NEW not in page
    assert bo.phone not in page
    assert states(bo) == {"email": State.UNCONFIRMED}
    bo.refresh_from_db()
    assert bo.language == "en"
    assert opt_ins.answer_waiting(now=timezone.now()) == 0


def test_what_comes_can_be_stopped_from_there(
    client: Client, bo: Contact, delivery: Delivery
) -> None:
    Subscribed(contact=bo, segment=delivery.segment, channel="sms")
    move(bo, email=NEW)

    page = client.post(f"/p/{links.token(delivery)}/", {"choice": "everything"})

    assert "You will get no more notices from us" in page.content.decode()
    assert states(bo) == {"sms": State.UNSUBSCRIBED}


def test_a_link_outlives_its_message_where_the_address_is_the_same(
    client: Client, bo: Contact, delivery: Delivery
) -> None:
    url = f"/p/{links.token(delivery)}/"
    move(bo, email=NEW)
    move(bo, email=delivery.address)
    ContactAlias.objects.filter(email=NEW).delete()
    delivery.delete()

    assert bo.phone in client.get(url).content.decode()


@pytest.mark.parametrize("choice", ["again", "everything-again"])
def test_nobody_comes_back_at_another_address(
    client: Client, bo: Contact, delivery: Delivery, choice: str
) -> None:
    url = f"/u/{links.token(delivery)}/"
    client.post(url, {"choice": "these"})
    move(bo, email=NEW)

    page = client.post(url, {"choice": choice}).content.decode()

    assert states(bo) == {"email": State.UNSUBSCRIBED}
    assert "again" not in page
    assert NEW not in page


def test_who_comes_back_to_everything_does_so_where_it_was_left(
    bo: Contact, delivery: Delivery
) -> None:
    Subscribed(contact=bo, segment=delivery.segment, channel="sms")
    unsubscribes.leave_everything(delivery=delivery, way=Way("Page"), now=NOON)
    move(bo, phone=NUMBER)

    unsubscribes.rejoin_everything(delivery=delivery, way=Way("Page"), now=NOON)

    assert states(bo) == {"email": State.CONFIRMED, "sms": State.UNSUBSCRIBED}


@pytest.fixture
def request_to_confirm(bo: Contact, shop: Segment) -> Delivery:
    asked = BroadcastFactory(purpose="opt_in", thread="opt-in", created_at=timezone.now())
    asked.segments.add(shop)
    return DeliveryFactory(contact=bo, broadcast=asked)


def test_a_letter_confirms_the_address_it_went_to(
    client: Client, bo: Contact, request_to_confirm: Delivery
) -> None:
    move(bo, email=NEW)
    url = f"/c/{links.token(request_to_confirm)}/"

    answers = [client.get(url), client.post(url)]

    assert [one.status_code for one in answers] == [410, 410]
    assert states(bo) == {}


def test_a_yes_answers_what_was_asked_at_that_number(
    bo: Contact, request_to_confirm: Delivery
) -> None:
    Delivery.objects.update(channel="sms", address=bo.phone)
    before = opt_ins.waiting_text(contacts=[bo], now=timezone.now())
    move(bo, phone=NUMBER)

    assert before == request_to_confirm
    assert opt_ins.waiting_text(contacts=[bo], now=timezone.now()) is None
