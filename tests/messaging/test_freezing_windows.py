"""A million people are looked at in windows: each is whole, and the next may come from anybody."""

from datetime import UTC, datetime
from itertools import pairwise
from threading import Barrier, Thread

import pytest
from django.db import connection

from audiences.models import Contact, Suppression
from messaging import tasks
from messaging.models import Broadcast
from messaging.services import broadcasts, recipients, recovery, wake
from tests.factories import BroadcastFactory, ContactFactory, SegmentFactory, SubscriptionFactory
from tests.messaging.crowds import Crowd

NOW = datetime.now(UTC)


class Crash(Exception):
    pass


@pytest.fixture
def customers(db):
    segment = SegmentFactory()
    for contact in ContactFactory.create_batch(10):
        SubscriptionFactory(contact=contact, segment=segment)
    return segment


@pytest.fixture
def small_windows(monkeypatch):
    monkeypatch.setattr(recipients, "FIRST_WIDTH", 3)
    monkeypatch.setattr(recipients, "WIDEST", 3)


@pytest.fixture
def woken(monkeypatch):
    wakes = []
    monkeypatch.setattr(wake, "publish", lambda task, **kwargs: wakes.append((task, kwargs)))
    return wakes


def unfrozen(*segments, **kwargs):
    broadcast = BroadcastFactory(frozen_at=None, **kwargs)
    broadcast.segments.set(segments)
    return broadcast


def freeze(broadcast):
    recipients.freeze(broadcast_id=broadcast.pk, now=NOW)
    broadcast.refresh_from_db()
    return broadcast


def freeze_window(broadcast):
    return recipients.freeze_window(broadcast_id=broadcast.pk, now=NOW)


def told(broadcast):
    return {
        (row.channel, row.address): (row.contact_id, row.segment_id, row.language, row.detail)
        for row in broadcast.deliveries.all()
    }


@pytest.mark.parametrize("windows", [1, 2, 3])
def test_a_freeze_goes_on_where_a_crash_left_it(customers, small_windows, monkeypatch, windows):
    whole = told(freeze(unfrozen(customers)))
    broadcast, write, calls = unfrozen(customers), recipients._write, []

    def crash(*args):
        calls.append(write(*args))
        if len(calls) > windows:
            raise Crash

    monkeypatch.setattr(recipients, "_write", crash)
    with pytest.raises(Crash):
        freeze(broadcast)
    assert broadcast.deliveries.count() == sum(calls[:windows])
    monkeypatch.setattr(recipients, "_write", write)
    freeze(broadcast)

    assert told(broadcast) == whole
    assert broadcast.deliveries.count() == len(whole) == 10


@pytest.mark.slow(reason="freezes forty people twice, and looks each up by hand")
@pytest.mark.parametrize("seed", range(4))
def test_everybody_who_must_be_told_is_told_once_whatever_the_windows(db, seed, monkeypatch):
    crowd = Crowd(seed)
    at_once = freeze(unfrozen(*crowd.segments, channels=["email", "sms"]))
    monkeypatch.setattr(recipients, "FIRST_WIDTH", 7)
    monkeypatch.setattr(recipients, "WIDEST", 7)

    by_window = freeze(unfrozen(*crowd.segments, channels=["email", "sms"]))

    assert told(at_once) == crowd.told()
    assert told(by_window) == crowd.told()
    assert by_window.deliveries.count() == at_once.deliveries.count() == len(crowd.told())


def test_an_address_that_changes_hands_between_two_windows_is_told_once(customers, small_windows):
    broadcast = unfrozen(customers)
    freeze_window(broadcast)
    told_first, last = Contact.objects.earliest("pk"), Contact.objects.latest("pk")
    addresses = set(Contact.objects.exclude(pk=last.pk).values_list("email", flat=True))
    last.email, told_first.email = told_first.email, "new@example.com"
    told_first.save()
    last.save()

    freeze(broadcast)

    told = list(broadcast.deliveries.values_list("address", flat=True))
    assert sorted(told) == sorted(addresses)


def test_what_is_written_can_be_sent_while_the_freeze_goes_on(
    customers, small_windows, woken, django_capture_on_commit_callbacks
):
    broadcast = unfrozen(customers)

    with django_capture_on_commit_callbacks(execute=True):
        assert freeze_window(broadcast)

    assert broadcast.deliveries.due("email").count() == 3
    assert {task for task, _kwargs in woken} == {"messaging.tasks.send"}


def test_nobody_is_woken_for_windows_in_which_nobody_is_told(
    db, small_windows, woken, django_capture_on_commit_callbacks
):
    ContactFactory.create_batch(5)

    with django_capture_on_commit_callbacks(execute=True):
        freeze(unfrozen(SegmentFactory(), channels=["email", "sms"]))

    assert woken == []


def test_who_comes_during_a_freeze_is_not_part_of_it(customers, small_windows):
    broadcast = unfrozen(customers)
    freeze_window(broadcast)
    SubscriptionFactory(segment=customers)

    freeze(broadcast)

    assert broadcast.deliveries.count() == 10


def test_who_is_suppressed_during_a_freeze_is_left_out_of_what_is_to_come(customers, small_windows):
    broadcast = unfrozen(customers)
    freeze_window(broadcast)
    last = Contact.objects.latest("pk")
    Suppression.objects.create(channel="email", address=last.email, reason="complaint")

    freeze(broadcast)

    assert broadcast.deliveries.count() == 9
    assert not broadcast.deliveries.filter(contact=last).exists()


def test_a_paused_freeze_waits_until_it_is_resumed(customers, small_windows, woken):
    broadcast = unfrozen(customers)
    freeze_window(broadcast)
    broadcasts.pause(broadcast=broadcast, because="a typo")
    freeze(broadcast)
    assert broadcast.deliveries.count() == 3

    broadcasts.resume(broadcast=broadcast)
    recovery.sweep(now=NOW)

    assert ("messaging.tasks.freeze_waiting", {}) in woken
    assert freeze(broadcast).deliveries.count() == 10


def test_a_gap_in_the_ids_is_no_end(customers, small_windows):
    Contact.objects.order_by("pk")[4].delete()
    far = Contact.objects.latest("pk").pk + 50
    SubscriptionFactory(contact=ContactFactory(pk=far), segment=customers)

    assert freeze(unfrozen(customers)).deliveries.count() == 10


def test_windows_grow_from_small_to_what_is_written_in_a_quarter_second(customers, monkeypatch):
    monkeypatch.setattr(recipients, "FIRST_WIDTH", 2)
    broadcast, widths = unfrozen(customers), [2]

    while freeze_window(broadcast):
        broadcast.refresh_from_db()
        widths.append(broadcast.freeze_width)

    assert widths[1] > widths[0]
    assert all(later <= recipients.GROWTH * width + 1 for width, later in pairwise(widths))


def test_every_window_takes_as_many_queries_as_the_first(
    customers, small_windows, django_assert_num_queries
):
    broadcast = unfrozen(customers)
    freeze_window(broadcast)
    for _window in range(2):
        # The row, its segments, what is written, how far we are; and the savepoint of the test.
        with django_assert_num_queries(8):
            freeze_window(broadcast)


def test_a_task_freezes_for_a_turn_and_leaves_the_rest_to_the_next(
    customers, small_windows, woken, monkeypatch
):
    monkeypatch.setattr(recipients, "TURN_SECONDS", 0)
    broadcast = unfrozen(customers)

    tasks.freeze(broadcast_id=broadcast.pk)

    assert broadcast.deliveries.count() == 3
    assert ("messaging.tasks.freeze", {"broadcast_id": broadcast.pk}) in woken
    woken.clear()
    for _turn in range(3):
        tasks.freeze(broadcast_id=broadcast.pk)
    assert broadcast.deliveries.count() == 10
    assert len(woken) == 2


@pytest.mark.django_db(transaction=True)
def test_two_freezers_at_once_tell_everybody_once(customers, small_windows):
    broadcast, together = unfrozen(customers), Barrier(2)

    def work():
        together.wait()
        try:
            # Whoever finds the other at it ends; a task would be woken again.
            while Broadcast.objects.unfrozen().exists():
                recipients.freeze(broadcast_id=broadcast.pk, now=NOW)
        finally:
            connection.close()

    freezers = [Thread(target=work) for _number in range(2)]
    for freezer in freezers:
        freezer.start()
    for freezer in freezers:
        freezer.join()

    broadcast.refresh_from_db()
    assert broadcast.frozen_at
    assert broadcast.deliveries.count() == 10
    assert broadcast.deliveries.values("contact").distinct().count() == 10
