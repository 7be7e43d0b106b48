"""What is counted, how often, and what follows from it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import Broadcast, Circuit, Delivery
from messaging.services import broadcasts, deliveries, progress, recovery
from tests.factories import (
    NOON,
    BroadcastContentFactory,
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
)

pytestmark = pytest.mark.django_db
State = Delivery.State


@pytest.fixture
def broadcast():
    return BroadcastFactory(channels=["email", "sms"])


def queue(broadcast, number, state=State.PENDING, **kwargs):
    people = ContactFactory.create_batch(number)
    for person in people:
        DeliveryFactory(broadcast=broadcast, contact=person, state=state, **kwargs)


def send(broadcast, number, channel="email"):
    waiting = Delivery.objects.filter(broadcast=broadcast, channel=channel, state=State.PENDING)
    ids = list(waiting.values_list("pk", flat=True)[:number])
    Delivery.objects.filter(pk__in=ids).update(state=State.ACCEPTED)


def look(broadcast, seconds=0.0):
    """What a poller sees so long after noon."""
    row = Broadcast.objects.get(pk=broadcast.pk)
    return progress.latest(broadcast=row, now=NOON + timedelta(seconds=seconds))


def took(broadcast, seconds):
    row = Broadcast.objects.get(pk=broadcast.pk)
    Broadcast.objects.update(counts={**row.counts, "took": seconds})


def test_deliveries_are_counted_by_state_and_channel(broadcast):
    queue(broadcast, 3)
    queue(broadcast, 2, State.ACCEPTED)
    queue(broadcast, 1, State.ACCEPTED, channel="sms")
    queue(BroadcastFactory(), 5)

    seen = look(broadcast)

    assert seen.by_channel == {"email": {"pending": 3, "accepted": 2}, "sms": {"accepted": 1}}
    assert seen.by_state == {"pending": 3, "accepted": 3}
    assert (seen.total, seen.sent, seen.share, seen.as_of) == (6, 3, 0.5, NOON)


def test_within_a_second_nobody_counts_again(broadcast):
    queue(broadcast, 2)
    look(broadcast)
    send(broadcast, 1)

    assert look(broadcast, 0.9).done == 0
    assert look(broadcast, 1).done == 1


def test_what_takes_long_to_count_is_counted_rarely(broadcast):
    queue(broadcast, 2)
    look(broadcast)
    took(broadcast, 0.5)
    send(broadcast, 1)

    assert look(broadcast, 9.9).done == 0
    assert look(broadcast, 10).done == 1


def test_of_many_who_look_at_once_one_counts(broadcast):
    queue(broadcast, 1)
    pollers = [Broadcast.objects.get(pk=broadcast.pk) for _number in range(5)]

    counted = [progress.count(broadcast=row, now=NOON) for row in pollers]

    assert counted == [True, False, False, False, False]


def test_a_look_at_what_is_counted_asks_for_no_delivery(broadcast):
    look(broadcast)
    row = Broadcast.objects.get(pk=broadcast.pk)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        progress.latest(broadcast=row, now=NOON)

    assert len(asked) == 1
    assert "messaging_delivery" not in asked[0]["sql"]


def test_who_set_out_to_count_and_died_is_replaced_after_a_minute(broadcast):
    queue(broadcast, 1)
    look(broadcast)
    Broadcast.objects.update(counted_at=NOON + timedelta(seconds=5))
    send(broadcast, 1)

    assert look(broadcast, 64).done == 0
    assert look(broadcast, 65).done == 1


def test_rate_and_remaining_time_come_from_what_was_done_between_counts(broadcast):
    queue(broadcast, 10)
    assert look(broadcast).per_second is None
    send(broadcast, 4)

    seen = look(broadcast, 2)

    assert seen.per_second == pytest.approx(2)
    assert seen.remaining_seconds == pytest.approx(3)


def test_the_slowest_channel_decides_how_long_it_takes(broadcast):
    queue(broadcast, 10)
    queue(broadcast, 10, channel="sms")
    look(broadcast)
    send(broadcast, 9)
    send(broadcast, 1, channel="sms")

    seen = look(broadcast, 1)

    assert seen.per_second == pytest.approx(10)
    assert seen.remaining_seconds == pytest.approx(9)


def test_a_channel_that_does_not_move_has_no_remaining_time(broadcast):
    queue(broadcast, 2)
    queue(broadcast, 1, channel="sms")
    look(broadcast)
    send(broadcast, 1)

    assert look(broadcast, 1).remaining_seconds is None


def test_the_rate_forgets_what_is_long_past(broadcast):
    queue(broadcast, 20)
    look(broadcast)
    send(broadcast, 10)
    look(broadcast, 10)
    send(broadcast, 1)

    assert look(broadcast, 35).per_second == pytest.approx(1 / 25)


def test_a_pause_has_no_rate_and_says_why(broadcast):
    queue(broadcast, 4)
    look(broadcast)
    send(broadcast, 2)
    look(broadcast, 1)
    broadcasts.pause(broadcast=broadcast, because="Wrong link")

    seen = look(broadcast, 2)

    assert (seen.per_second, seen.remaining_seconds) == (None, None)
    assert seen.pause_reason == "Wrong link"


def test_before_the_freeze_is_done_the_total_is_only_so_far(broadcast):
    Broadcast.objects.update(frozen_at=None)
    queue(broadcast, 2)
    look(broadcast)
    send(broadcast, 1)

    seen = look(broadcast, 1)

    assert (seen.is_frozen, seen.total, seen.remaining_seconds) == (False, 2, None)


def test_a_stopped_channel_says_why(broadcast):
    Circuit.objects.create(channel="sms", because="20003 bad credentials", retry_at=NOON)

    assert [(one.channel, one.because) for one in look(broadcast).stopped] == [
        ("sms", "20003 bad credentials")
    ]
    assert not look(BroadcastFactory()).stopped


def test_reasons_are_counted_the_most_frequent_first(broadcast):
    queue(broadcast, 1, State.SKIPPED, error_code="unsubscribed")
    queue(broadcast, 2, State.FAILED, error_code="550")
    queue(broadcast, 1, State.ACCEPTED, error_code="451")

    assert look(broadcast).reasons == [
        progress.Reason("failed", "550", 2),
        progress.Reason("skipped", "unsubscribed", 1),
    ]


def test_the_end_is_counted_at_once_whatever_was_counted_before(broadcast):
    queue(broadcast, 1)
    look(broadcast)
    send(broadcast, 1)
    Broadcast.objects.update(state="finished", finished_at=NOON + timedelta(seconds=0.5))

    assert look(broadcast, 0.5).done == 1


@pytest.fixture
def over(broadcast):
    """Finished at noon, and counted."""
    queue(broadcast, 2, State.ACCEPTED)
    Broadcast.objects.update(state="finished", finished_at=NOON)
    look(broadcast)
    Delivery.objects.update(state=State.DELIVERED)
    return broadcast


def test_what_is_over_is_counted_again_ever_more_rarely_while_reports_come(over):
    assert "delivered" not in look(over, 59).by_state
    assert look(over, 60).by_state == {"delivered": 2}
    look(over, 3600)
    Delivery.objects.update(state=State.BOUNCED)
    assert look(over, 3600 + 6 * 60).by_state == {"delivered": 2}
    assert look(over, 3600 + 7 * 60).by_state == {"bounced": 2}


def test_what_is_long_over_is_never_counted_again(over):
    assert look(over, 3 * 24 * 3600).by_state == {"accepted": 2}


def test_a_cancelled_broadcast_is_counted_until_nothing_of_it_waits(broadcast):
    queue(broadcast, 1)
    broadcasts.cancel(broadcast=broadcast, now=NOON)
    assert look(broadcast).by_state == {"pending": 1}

    recovery.sweep(now=NOON + timedelta(seconds=10))

    assert progress.as_counted(broadcast=Broadcast.objects.get()).by_state == {"cancelled": 1}


def test_the_sweep_keeps_counting_what_nobody_looks_at(broadcast):
    queue(broadcast, 2)
    progress.keep_counted(now=NOON)
    send(broadcast, 1)

    progress.keep_counted(now=NOON + timedelta(seconds=9))
    assert progress.as_counted(broadcast=Broadcast.objects.get()).done == 0
    progress.keep_counted(now=NOON + timedelta(seconds=10))
    assert progress.as_counted(broadcast=Broadcast.objects.get()).done == 1


def test_a_draft_is_not_counted():
    draft = BroadcastFactory(state="draft", started_at=None, frozen_at=None)

    assert look(draft).as_of is None
    assert look(draft).share == 0


@pytest.fixture
def survey_and_notice(settings):
    """A survey that was started first, and a notice of a critical incident."""
    settings.CONNECTIONS = 1
    survey = BroadcastFactory(title="Survey", priority=Broadcast.Priority.BULK)
    notice = BroadcastFactory(title="Notice", priority=Broadcast.Priority.URGENT)
    for each in (survey, notice):
        BroadcastContentFactory(broadcast=each, subject=each.title)
        queue(each, 3)
    return survey, notice


def test_a_critical_notice_overtakes_a_survey(survey_and_notice, email):
    deliveries.send_pending(channel="email")

    assert [message.subject for message in email.sent] == ["Notice"] * 3 + ["Survey"] * 3


def test_a_person_may_let_the_survey_go_first(survey_and_notice, email):
    survey, notice = survey_and_notice
    broadcasts.reprioritise(broadcast=notice, priority=Broadcast.Priority.BULK)
    broadcasts.reprioritise(broadcast=survey, priority=Broadcast.Priority.NORMAL)

    deliveries.send_pending(channel="email")

    assert [message.subject for message in email.sent] == ["Survey"] * 3 + ["Notice"] * 3


def test_what_is_over_gets_no_other_priority(broadcast):
    broadcasts.cancel(broadcast=broadcast, now=datetime.now(UTC))

    with pytest.raises(broadcasts.WrongState):
        broadcasts.reprioritise(broadcast=broadcast, priority=Broadcast.Priority.URGENT)
