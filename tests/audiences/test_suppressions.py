from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from audiences.models import Channel, Suppression
from audiences.services import suppressions
from tests.factories import NOON

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def bounced(db: None) -> Suppression:
    return suppressions.suppress(
        channel=Channel.EMAIL,
        address="ana@example.com",
        reason=Suppression.Reason.HARD_BOUNCE,
        note="5.1.1 unknown user",
        now=NOON,
    )


def test_suppressing_twice_keeps_the_first_time_and_note(bounced: Suppression) -> None:
    again = suppressions.suppress(
        channel=Channel.EMAIL,
        address="ana@example.com",
        reason=Suppression.Reason.HARD_BOUNCE,
        note="once more",
        now=LATER,
    )

    assert again == bounced
    assert (again.note, again.created_at) == ("5.1.1 unknown user", NOON)


def test_each_reason_stands_for_itself(bounced: Suppression, lead: User) -> None:
    complaint = suppressions.suppress(
        channel=Channel.EMAIL,
        address="ana@example.com",
        reason=Suppression.Reason.COMPLAINT,
        now=LATER,
    )

    suppressions.lift(suppression=bounced, by=lead, because="New mailbox", now=LATER)

    assert suppressions.still_against(suppression=bounced) == [complaint]


@pytest.mark.django_db
def test_a_stop_outlives_the_bounce_that_came_before_it(lead: User) -> None:
    number = {"channel": Channel.SMS, "address": "+491713920042"}
    bounce = suppressions.suppress(**number, reason=Suppression.Reason.HARD_BOUNCE, now=NOON)
    suppressions.suppress(**number, reason=Suppression.Reason.STOP, now=LATER)

    suppressions.lift(suppression=bounce, by=lead, because="Number is in use", now=LATER)
    is_still_stopped = Suppression.objects.active().filter(**number).exists()
    suppressions.lift_stop(**number, because="START", now=LATER)

    assert is_still_stopped
    assert not Suppression.objects.active().exists()


@pytest.mark.django_db
def test_a_start_does_not_undo_the_bounce(lead: User) -> None:
    number = {"channel": Channel.SMS, "address": "+491713920042"}
    suppressions.suppress(**number, reason=Suppression.Reason.STOP, now=NOON)
    bounce = suppressions.suppress(**number, reason=Suppression.Reason.HARD_BOUNCE, now=NOON)

    suppressions.lift_stop(**number, because="START", now=LATER)

    assert Suppression.objects.active().get() == bounce


def test_a_providers_spelling_suppresses_the_address_we_store(bounced: Suppression) -> None:
    again = suppressions.suppress(
        channel=Channel.EMAIL,
        address=" Ana@EXAMPLE.com",
        reason=Suppression.Reason.HARD_BOUNCE,
        now=LATER,
    )

    assert again == bounced


@pytest.mark.django_db
def test_an_address_we_would_refuse_can_still_be_suppressed() -> None:
    odd = suppressions.suppress(
        channel=Channel.SMS, address="12345", reason=Suppression.Reason.STOP, now=NOON
    )

    assert odd.address == "12345"


def test_channels_are_suppressed_on_their_own(bounced: Suppression) -> None:
    suppressions.suppress(
        channel=Channel.SMS,
        address="+491713920042",
        reason=Suppression.Reason.STOP,
        now=NOON,
    )

    assert Suppression.objects.active().filter(channel=Channel.EMAIL).count() == 1


def test_lifting_records_who_when_and_why(bounced: Suppression, lead: User) -> None:
    suppressions.lift(suppression=bounced, by=lead, because=" New mailbox ", now=LATER)

    assert (bounced.lifted_by, bounced.lifted_at) == (lead, LATER)
    assert bounced.lifted_because == "New mailbox"
    assert not Suppression.objects.active().exists()


def test_lifting_needs_a_reason(bounced: Suppression, lead: User) -> None:
    with pytest.raises(suppressions.CannotLift, match="reason"):
        suppressions.lift(suppression=bounced, by=lead, because="  ", now=LATER)

    assert Suppression.objects.active().get() == bounced


def test_lifting_twice_keeps_the_first_decision(
    bounced: Suppression, lead: User, deputy: User
) -> None:
    suppressions.lift(suppression=bounced, by=lead, because="New mailbox", now=NOON)

    with pytest.raises(suppressions.CannotLift, match="already"):
        suppressions.lift(suppression=bounced, by=deputy, because="Me too", now=LATER)

    assert Suppression.objects.get().lifted_by == lead


def test_an_address_can_be_suppressed_again_after_lifting(bounced: Suppression, lead: User) -> None:
    suppressions.lift(suppression=bounced, by=lead, because="New mailbox", now=NOON)

    again = suppressions.suppress(
        channel=Channel.EMAIL,
        address="ana@example.com",
        reason=Suppression.Reason.STAFF,
        now=LATER,
    )

    assert again != bounced
    assert Suppression.objects.active().get() == again
