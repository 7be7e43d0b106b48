"""A wrong text is put right for exactly those who got it; nobody else hears of it."""

import threading
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from audiences.models import Detail
from messaging.models import Broadcast, Delivery, Lease
from messaging.services import amending, claiming, deliveries, recipients, recovery
from messaging.services.broadcasts import Announcement
from messaging.services.wrong_texts import Wrong, reached
from messaging.states import State
from tests.factories import (
    BroadcastContentFactory,
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    TemplateVariantFactory,
)

pytestmark = pytest.mark.django_db
Purpose = Broadcast.Purpose
WRONG = frozenset({("email", "en", "public")})
LEASED = (State.CLAIMED, State.SENDING)


@pytest.fixture
def wrong():
    """Went out a minute ago, and is not through yet."""
    began = datetime.now(UTC) - timedelta(minutes=1)
    broadcast = BroadcastFactory(thread="story", started_at=began)
    BroadcastContentFactory(broadcast=broadcast)
    return broadcast


@pytest.fixture
def template():
    return TemplateVariantFactory(subject="Right", body="Right", sms_text="Right").template


@pytest.fixture
def lease():
    return Lease.objects.create(
        owner=uuid.uuid4(), channel="email", until=datetime.now(UTC) + timedelta(minutes=1)
    )


def amend(template, *wrong, purpose=Purpose.CORRECTION, **more):
    announcement = Announcement(
        title=purpose,
        template=template,
        facts={"en": {"title": "A story"}, "de": {"title": "A story"}},
        thread="story",
        channels=["email"],
        purpose=purpose,
        **more,
    )
    told = [Wrong(one, WRONG) for one in wrong]
    return amending.start(announcement=announcement, wrong=told, by=None, now=timezone.now())


def settle():
    """What sweeps and freezers do until there is nothing left to do."""
    now = timezone.now()
    recovery.sweep(now=now)
    for broadcast in Broadcast.objects.unfrozen():
        recipients.freeze(broadcast_id=broadcast.pk, now=now)


def told(broadcast):
    rows = Delivery.objects.filter(broadcast=broadcast)
    return sorted(rows.values_list("contact__name", flat=True))


def to(name, broadcast, state, **fields):
    contact = ContactFactory(name=name, email=f"{name}@example.com")
    return DeliveryFactory(broadcast=broadcast, contact=contact, state=state, **fields)


def test_each_state_says_who_got_it_and_who_was_still_to(wrong, template, lease):
    for state in State:
        to(state, wrong, state, lease=lease if state in LEASED else None)
    to("died with its sender", wrong, State.PENDING, lapses=1)
    to("in German", wrong, State.ACCEPTED, language="de")
    to("internal", wrong, State.PENDING, detail=Detail.TECHNICAL)
    foreseen = reached([Wrong(wrong, WRONG)])

    correction, notice = amend(template, wrong), amend(template, wrong, purpose=Purpose.NOTICE)
    settle()

    got = ["accepted", "complained", "delivered", "unknown"]
    assert told(correction) == sorted([*got, "died with its sender"])
    assert told(notice) == ["pending"]
    assert Delivery.objects.get(contact__name="internal", broadcast=wrong).state == State.PENDING
    assert foreseen.got.total() == len(got)
    assert foreseen.waiting.total() == len([*LEASED, "pending", "died with its sender"])


def test_what_a_sender_holds_is_waited_for(wrong, template, lease):
    held = to("held", wrong, State.SENDING, lease=lease)
    correction, notice = amend(template, wrong), amend(template, wrong, purpose=Purpose.NOTICE)

    settle()
    before = Broadcast.objects.unfrozen().count(), told(correction), told(notice)
    Delivery.objects.filter(pk=held.pk).move(State.ACCEPTED)
    settle()

    assert before == (2, [], [])
    assert (told(correction), told(notice)) == (["held"], [])
    assert not Broadcast.objects.unfrozen()


def test_newer_news_needs_no_notice_in_its_place(wrong, template):
    to("waits for both", wrong, State.PENDING)
    newer = BroadcastFactory(thread="story")
    contact = Delivery.objects.get().contact
    DeliveryFactory(broadcast=newer, contact=contact, state=State.PENDING)

    notice = amend(template, wrong, purpose=Purpose.NOTICE, supersedes=False)
    settle()

    assert told(notice) == []
    assert wrong.deliveries.get().error_code == "superseded"


def test_newer_news_does_not_take_the_place_of_a_correction(wrong, template, email):
    got = to("got it", wrong, State.ACCEPTED)
    correction = amend(template, wrong)
    settle()
    newer = BroadcastFactory(thread="story", started_at=timezone.now())
    BroadcastContentFactory(broadcast=newer)
    DeliveryFactory(broadcast=newer, contact=got.contact)

    deliveries.send_pending(channel="email")

    assert correction.deliveries.get().state == State.ACCEPTED


def test_a_second_correction_goes_to_whoever_got_either(wrong, template):
    to("got the first", wrong, State.ACCEPTED)
    to("got nothing", wrong, State.PENDING)
    to("got the notice", wrong, State.PENDING)
    first, instead = amend(template, wrong), amend(template, wrong, purpose=Purpose.NOTICE)
    settle()
    instead.deliveries.filter(contact__name="got the notice").update(state=State.ACCEPTED)
    foreseen = reached([Wrong(one, WRONG) for one in (wrong, instead)])

    second = amend(template, wrong, first, instead)
    again = amend(template, wrong, instead, purpose=Purpose.NOTICE)
    settle()

    assert told(second) == ["got the first", "got the notice"]
    assert told(again) == ["got nothing"]
    assert (foreseen.got.total(), foreseen.waiting.total()) == (2, 1)
    assert first.deliveries.get().error_code == "recalled"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("look_seconds", [0.01, 60])
def test_while_it_goes_out_each_person_ends_with_the_right_text(
    wrong, template, email, settings, monkeypatch, look_seconds
):
    """Whether its sender looks up before the next message, or only when all are gone."""
    settings.CONNECTIONS, settings.RECORD_ONE_BY_ONE = 2, True
    monkeypatch.setattr(deliveries, "LOOK_SECONDS", look_seconds)
    monkeypatch.setattr(claiming, "ORDERS_SECONDS", look_seconds)
    Delivery.objects.bulk_create(
        DeliveryFactory.build(broadcast=wrong, contact=contact, address=contact.email)
        for contact in ContactFactory.create_batch(12)
    )
    begun, lock = Counter(), threading.Lock()

    def correct_in_between(message):
        with lock:
            begun["messages"] += 1
            is_moment = begun["messages"] == 3
        if is_moment:
            amend(template, wrong)
            amend(template, wrong, purpose=Purpose.NOTICE)
            connection.close()

    email.before_send = correct_in_between
    deliveries.send_pending(channel="email")
    settle()
    deliveries.send_pending(channel="email")
    settle()

    read = {row.address: [] for row in wrong.deliveries.all()}
    for message in email.sent:
        read[message.to].append(message.subject)
    assert {tuple(subjects) for subjects in read.values()} <= {("A subject", "Right"), ("Right",)}
    correction = Broadcast.objects.get(purpose=Purpose.CORRECTION)
    got = {address for address, subjects in read.items() if subjects[0] == "A subject"}
    assert set(correction.deliveries.values_list("address", flat=True)) == got
    assert (len(got) < len(read)) == (look_seconds < 1)
