"""After an erasure nothing in the database leads to the person any more."""

from datetime import timedelta

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from pytest_django import Settings

from audiences.models import Contact, Suppression
from audiences.services import erased, erasure, suppressions
from feedback.models import Answer, FollowUp
from feedback.services import comments, results, tags
from feedback.services.results import Slice
from messaging.models import Broadcast, Delivery, DeliveryEvent
from messaging.services import claiming, events, leases, recipients
from messaging.services.events import Report
from messaging.states import State
from tests.factories import NOON, ContactFactory, DeliveryFactory, SubscriptionFactory
from tests.privacy.conftest import MAIL, NAME, NETWORK, NUMBER, Known
from tests.privacy.dump import places

LATER = NOON + timedelta(hours=1)
WORDS = (NAME, MAIL, NUMBER, NETWORK, "4917139200017", "0171 39200017", "01713920017")


def test_a_search_of_the_whole_database_finds_nothing(known: Known, lead: User) -> None:
    before = places(*WORDS)

    erasure.erase(contact=known.contact, by=lead, now=NOON)

    # Where the test has put something, so that this can fail.
    assert {place.split(".")[0] for place in before} >= {
        "audiences_contact",
        "audiences_contactimport",
        "audiences_consentevent",
        "audiences_signup",
        "audiences_subscription",
        "audiences_suppression",
        "django_admin_log",
        "feedback_answer",
        "feedback_followup",
        "incidents_drill",
        "incidents_planreview",
        "incidents_timelineentry",
        "messaging_delivery",
        "messaging_deliveryevent",
    }
    assert places(*WORDS) == []


def test_only_a_keyed_hash_remains(known: Known, lead: User) -> None:
    erasure.erase(contact=known.contact, by=lead, now=NOON)

    remains = Suppression.objects.filter(reason=Suppression.Reason.ERASURE)
    assert {(one.channel, len(one.address)) for one in remains} == {("email", 71), ("sms", 71)}
    assert not Contact.objects.filter(pk=known.contact.pk).exists()


def test_an_erased_address_is_recognised_in_any_spelling(known: Known, lead: User) -> None:
    erasure.erase(contact=known.contact, by=lead, now=NOON)

    asked = ["bo@example.org", f" {MAIL.upper()}", MAIL]
    assert erased.among(channel="email", addresses=asked) == {f" {MAIL.upper()}", MAIL}
    assert erased.among(channel="sms", addresses=["0171 39200017"]) == {"0171 39200017"}
    assert erased.among(channel="sms", addresses=[]) == set()


def test_the_hash_needs_the_key_and_outlives_a_change_of_it(
    known: Known, lead: User, settings: Settings
) -> None:
    erasure.erase(contact=known.contact, by=lead, now=NOON)

    old, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    without = erased.is_erased(channel="email", address=MAIL)
    settings.SECRET_KEY_FALLBACKS = [old]
    with_fallback = erased.is_erased(channel="email", address=MAIL)
    settings.ERASURE_KEY = "a key of its own"
    with_own_key = erased.is_erased(channel="email", address=MAIL)

    assert (without, with_fallback, with_own_key) == (False, True, True)


def test_who_comes_back_by_themselves_is_written_to_again(known: Known, lead: User) -> None:
    erasure.erase(contact=known.contact, by=lead, now=NOON)

    lifted = erasure.come_back(channel="email", address=MAIL, because="confirmed", now=LATER)

    assert lifted
    assert not erased.is_erased(channel="email", address=MAIL)
    assert erased.is_erased(channel="sms", address=NUMBER)
    assert not erasure.come_back(channel="email", address=MAIL, because="again", now=LATER)


def test_deliveries_stay_as_anonymous_proof(known: Known, lead: User) -> None:
    states = dict(Delivery.objects.values_list("pk", "state"))

    erasure.erase(contact=known.contact, by=lead, now=NOON)

    known.delivered.refresh_from_db()
    assert known.delivered.address == f"erased:{known.delivered.pk}"
    assert known.delivered.state == State.DELIVERED
    assert known.delivered.events.get().raw == {}
    assert Delivery.objects.count() == len(states)
    assert not Delivery.objects.exclude(address__startswith="erased:").exists()


def test_what_was_to_be_sent_is_cancelled(known: Known, lead: User) -> None:
    erasure.erase(contact=known.contact, by=lead, now=NOON)

    for delivery in (known.pending, known.claimed):
        delivery.refresh_from_db()
        assert (delivery.state, delivery.error_code) == (State.CANCELLED, "erased")
        assert delivery.lease_id is None


def test_a_running_send_cannot_write_to_them_any_more(known: Known, lead: User) -> None:
    owner = leases.take(channel="email")
    claimer = claiming.Claimer("email", owner)
    Broadcast.objects.exclude(pk=known.pending.broadcast_id).update(state="finished")
    claimed = claimer.claim()

    erasure.erase(contact=known.contact, by=lead, now=NOON)

    assert [one.address for one in claimed] == [MAIL]
    assert claimer.look_again([one.pk for one in claimed]) == []
    assert claimer.unwanted([one.pk for one in claimed]) == {claimed[0].pk}


def test_others_are_left_alone(known: Known, lead: User) -> None:
    bo = ContactFactory(name="Zoë Kümmer", email="a.zoe.kuemmerling@example.com")
    told = DeliveryFactory(contact=bo, broadcast=known.broadcast)

    erasure.erase(contact=known.contact, by=lead, now=NOON)

    told.refresh_from_db()
    assert (told.contact, told.address) == (bo, bo.email)


def test_a_number_that_others_share_stays_theirs(known: Known, lead: User) -> None:
    bo = ContactFactory(name="Bo", phone=NUMBER)
    told = DeliveryFactory(contact=bo, channel="sms", address=NUMBER)

    erasure.erase(contact=known.contact, by=lead, now=NOON)

    told.refresh_from_db()
    assert told.address == NUMBER
    assert Suppression.objects.active().get(channel="sms").address == NUMBER
    assert not erased.is_erased(channel="sms", address=NUMBER)
    assert places(NAME, MAIL) == []


def test_what_was_counted_stays_counted(known: Known, lead: User, settings: Settings) -> None:
    settings.FEEDBACK_SMALLEST_GROUP = 1
    whole = Slice(known.response.invitation.version.survey)
    before = results.summary(of=whole)
    tags.put(tags=[tags.named(name="Late")], comments=comments.written())

    erasure.erase(contact=known.contact, by=lead, now=NOON)

    after = results.summary(of=whole)
    assert after == before
    assert (after.turnout.reached, after.turnout.answered) == (1, 1)
    assert not comments.written().exists()
    assert FollowUp.objects.get().state == FollowUp.State.DONE
    erased_words = Answer.objects.get(score=None)
    assert (erased_words.text, erased_words.tags.count()) == ("[erased]", 0)


def test_the_history_says_who_erased_and_not_whom(known: Known, lead: User) -> None:
    erasure.erase(contact=known.contact, by=lead, now=NOON)

    entry = LogEntry.objects.get(user=lead, object_id=str(known.contact.pk))
    assert (entry.object_repr, entry.is_deletion()) == ("[erased]", True)


def test_a_single_word_is_no_reason_to_rewrite_what_is_about_others(known: Known) -> None:
    Contact.objects.filter(pk=known.contact.pk).update(name="Shop")
    entries = LogEntry.objects.filter(content_type__model="contact")
    entries.update(object_repr="Shop")

    erasure.erase(contact=known.contact, by=None, now=NOON)

    assert set(entries.values_list("object_repr", flat=True)) == {"[erased]"}
    assert LogEntry.objects.filter(object_repr="Shop customers").count() == 1


def test_an_account_named_after_its_only_person_goes_with_them(known: Known) -> None:
    account = known.contact.account
    assert account is not None
    account.name = NAME
    account.save()

    erasure.erase(contact=known.contact, by=None, now=NOON)

    assert not type(account).objects.filter(pk=account.pk).exists()


def test_what_providers_say_later_names_nobody(known: Known, lead: User) -> None:
    erasure.erase(contact=known.contact, by=lead, now=NOON)
    late = Report(
        source="postmark",
        key="2",
        kind="bounced",
        raw={"Recipient": MAIL},
        state=State.BOUNCED,
        text=f"no {MAIL} here",
        suppress=Suppression.Reason.HARD_BOUNCE,
        channel="email",
        address=MAIL,
    )
    known.delivered.refresh_from_db()

    events.record(delivery=known.delivered, report=late, now=LATER)
    events.record(
        delivery=None, report=Report(**{**vars(late), "key": "3", "state": None}), now=LATER
    )

    known.delivered.refresh_from_db()
    assert known.delivered.state == State.BOUNCED
    assert DeliveryEvent.objects.filter(received_at=LATER).count() == 2
    assert places(*WORDS) == []


def test_a_contact_that_was_taken_up_after_all_is_protected(known: Known, lead: User) -> None:
    erasure.erase(contact=known.contact, by=lead, now=NOON)
    ContactFactory(email=MAIL)

    suppressions.suppress(channel="email", address=MAIL, reason="complaint", now=LATER)

    assert Suppression.objects.active().filter(address=MAIL).exists()


def test_an_address_without_a_contact_can_be_erased(known: Known) -> None:
    known.contact.delete()

    erasure.erase_address(channel="email", address=MAIL.upper(), now=NOON)

    assert not Delivery.objects.filter(address=MAIL).exists()
    assert erased.is_erased(channel="email", address=MAIL)


def test_erasing_twice_does_no_harm(known: Known, lead: User) -> None:
    erasure.erase(contact=known.contact, by=lead, now=NOON)
    erasure.erase(contact=known.contact, by=lead, now=LATER)

    assert Suppression.objects.filter(reason=Suppression.Reason.ERASURE).count() == 2


def test_a_freeze_that_goes_on_afterwards_does_not_meet_them(known: Known) -> None:
    SubscriptionFactory(segment=known.segment)
    Broadcast.objects.filter(pk=known.broadcast.pk).update(frozen_at=None)
    known.broadcast.segments.add(known.segment)

    erasure.erase(contact=known.contact, by=None, now=NOON)
    recipients.freeze(broadcast_id=known.broadcast.pk, now=LATER)

    assert known.broadcast.deliveries.filter(state=State.PENDING).count() == 1
    assert places(*WORDS) == []
