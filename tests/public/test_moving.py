"""A new address is proven by a letter to it before anything changes, and told to the old one."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from audiences.models import ConsentEvent, Contact, Segment, SignUp, Subscription, Suppression
from audiences.services import erased, erasure
from messaging.models import Delivery
from messaging.services import links, moves, opt_ins
from tests.factories import DeliveryFactory, SegmentFactory, SubscriptionFactory
from tests.privacy.dump import places

NEW, NUMBER = "bo.new@example.org", "+4917139200017"


@pytest.fixture
def url(bo: Contact) -> str:
    SubscriptionFactory(contact=bo, segment=SegmentFactory(name="Shop"))
    return f"/p/{links.token(DeliveryFactory(contact=bo))}/"


def ask(client: Client, url: str, now: datetime, **typed: str) -> str:
    answer = client.post(url, {"choice": "move", "email": "", "phone": "", **typed})
    opt_ins.answer_waiting(now=now)
    return answer.content.decode()


def letters() -> list[Delivery]:
    return list(Delivery.objects.filter(broadcast__purpose="opt_in").order_by("pk"))


def link(letter: Delivery) -> str:
    return f"/c/{links.token(letter)}/"


def words(letter: Delivery) -> str:
    content = letter.broadcast.contents.get()
    return f"{content.subject} {content.text} {content.sms_text}"


def test_nothing_changes_until_the_new_address_has_confirmed(
    client: Client, url: str, bo: Contact, now: datetime
) -> None:
    page = ask(client, url, now, email=NEW.upper())
    [letter] = letters()
    looked = client.get(link(letter)).content.decode()
    bo.refresh_from_db()
    before = bo.email

    done = client.post(link(letter)).content.decode()

    bo.refresh_from_db()
    assert "until then nothing changes" in page
    assert letter.address == NEW
    assert NEW in looked
    assert before == "bo@example.org"
    assert bo.email == NEW
    assert "Your address was changed" in done
    assert Contact.objects.count() == 1


def test_the_old_address_is_told(client: Client, url: str, bo: Contact, now: datetime) -> None:
    ask(client, url, now, email=NEW)
    client.post(link(letters()[0]))

    told = letters()[-1]
    assert told.address == "bo@example.org"
    assert "go to another address" in words(told)
    assert NEW not in words(told)
    assert told.contact == bo


def test_a_number_is_changed_the_same_way(
    client: Client, url: str, bo: Contact, now: datetime
) -> None:
    old = bo.phone
    ask(client, url, now, phone="0171 39200017")
    [letter] = letters()
    client.post(link(letter))

    bo.refresh_from_db()
    assert (letter.channel, letter.address, bo.phone) == ("sms", NUMBER, NUMBER)
    assert [one.address for one in letters()] == [NUMBER, old]


def test_what_they_wished_stays(client: Client, url: str, bo: Contact, now: datetime) -> None:
    Contact.objects.filter(pk=bo.pk).update(feedback_consent_at=now, sms_from=2, name="Bo Larsen")
    ask(client, url, now, email=NEW)
    client.post(link(letters()[0]))

    bo.refresh_from_db()
    assert (bo.feedback_consent_at, bo.sms_from, bo.name) == (now, 2, "Bo Larsen")
    assert bo.subscriptions.get().state == Subscription.State.CONFIRMED


def test_both_are_on_record(client: Client, url: str, bo: Contact, now: datetime) -> None:
    client.post(url, {"choice": "move", "email": NEW, "phone": ""}, REMOTE_ADDR="192.0.2.9")
    opt_ins.answer_waiting(now=now)
    client.post(link(letters()[0]), REMOTE_ADDR="192.0.2.10")

    said = bo.consents.order_by("pk").values_list("kind", "source", "network_address")
    assert list(said) == [("requested", "self", "192.0.2.9"), ("given", "self", "192.0.2.10")]
    assert ConsentEvent.objects.latest("pk").evidence.startswith("New address confirmed")


def test_confirming_twice_does_no_harm(
    client: Client, url: str, bo: Contact, now: datetime
) -> None:
    ask(client, url, now, email=NEW)
    first = letters()[0]
    address = link(first)

    answers = [client.post(address).status_code for _time in range(2)]

    assert answers == [200, 200]
    assert len(letters()) == 2
    assert bo.consents.filter(kind="given").count() == 1


def test_a_second_click_at_the_same_moment_is_too_late_for_nothing(
    client: Client, url: str, bo: Contact, now: datetime
) -> None:
    ask(client, url, now, email=NEW)
    clicks = [letters()[0] for _click in range(2)]
    assert all(click.contact for click in clicks)

    for click in clicks:
        moves.confirm(delivery=click, network_address=None, now=now + timedelta(minutes=1))

    bo.refresh_from_db()
    assert bo.email == NEW
    assert bo.consents.filter(kind="given").count() == 1


def test_an_address_that_is_somebody_elses_looks_the_same_and_stays_theirs(
    client: Client, url: str, bo: Contact, ana: Contact, now: datetime
) -> None:
    free = ask(client, url, now, email=NEW)
    taken = ask(client, url, now, email=ana.email)

    letter = letters()[-1]
    assert taken == free
    assert (letter.address, letter.contact) == (ana.email, ana)
    assert "Es hat sich nichts geändert." in " ".join(words(letter).split())
    assert client.post(link(letter)).status_code == 404
    bo.refresh_from_db()
    assert bo.email == "bo@example.org"


def test_the_page_asks_the_database_the_same_whoever_has_the_address(
    client: Client, url: str, ana: Contact
) -> None:
    asked = list[list[str]]()
    for email in (NEW, ana.email):
        with CaptureQueriesContext(connection) as queries:
            client.post(url, {"choice": "move", "email": email, "phone": ""})
        # A savepoint's own number differs each time.
        asked.append([re.sub(r'"s\d+.*', "", one["sql"])[:60] for one in queries.captured_queries])

    assert asked[0] == asked[1]


def test_a_mistyped_address_sees_nobodys_settings(
    client: Client, url: str, bo: Contact, now: datetime
) -> None:
    ask(client, url, now, email=NEW)
    token = links.token(letters()[0])

    page = client.get(f"/p/{token}/").content.decode()
    client.post(f"/p/{token}/", {"choice": "everything"})

    assert "bo@example.org" not in page
    assert bo.phone not in page
    assert bo.subscriptions.get().state == Subscription.State.CONFIRMED


def test_a_suppression_stays_with_the_old_address(
    client: Client, url: str, bo: Contact, now: datetime
) -> None:
    Suppression.objects.create(channel="email", address=bo.email, reason="hard_bounce")
    ask(client, url, now, email=NEW)
    client.post(link(letters()[0]))

    assert list(Suppression.objects.active().values_list("address", flat=True)) == [
        "bo@example.org"
    ]


def test_the_link_lapses(client: Client, url: str, bo: Contact, now: datetime) -> None:
    ask(client, url, now - moves.CONFIRM_WITHIN - timedelta(hours=1), email=NEW)
    letter = letters()[0]

    answers = [client.get(link(letter)), client.post(link(letter))]

    assert [one.status_code for one in answers] == [410, 410]
    assert Contact.objects.filter(email=NEW, pk=bo.pk).count() == 0


def test_who_has_joined_by_themselves_since_stays_a_person_of_their_own(
    client: Client, url: str, bo: Contact, now: datetime
) -> None:
    ask(client, url, now, email=NEW)
    letter = letters()[0]
    SubscriptionFactory(contact=letter.contact, segment=SegmentFactory())

    answer = client.post(link(letter))

    bo.refresh_from_db()
    assert answer.status_code == 410
    assert bo.email == "bo@example.org"


def test_an_internal_list_does_not_follow_to_a_private_mailbox(
    client: Client, url: str, bo: Contact, now: datetime, settings: Settings
) -> None:
    settings.INTERNAL_DOMAINS = ["example.org"]
    team = SegmentFactory(name="Team", kind="internal", detail="technical")
    SubscriptionFactory(contact=bo, segment=team)
    ask(client, url, now, email="bo@example.net")
    client.post(link(letters()[0]))

    bo.refresh_from_db()
    assert bo.email == "bo@example.net"
    assert {one.name for one in Segment.objects.all() if bo in one.members("email")} == {"Shop"}


def test_an_erasure_later_finds_the_old_address(
    client: Client, url: str, bo: Contact, now: datetime
) -> None:
    ask(client, url, now, email=NEW)
    client.post(link(letters()[0]))

    erasure.erase(contact=bo, by=None, now=timezone.now())

    assert places("bo@example.org", NEW) == []
    assert erased.is_erased(channel="email", address="bo@example.org")


@pytest.mark.parametrize("typed", [{"email": "bo@example.org"}, {"email": "nobody"}, {}])
def test_what_does_not_fit_is_said(
    client: Client, url: str, bo: Contact, now: datetime, typed: dict[str, str]
) -> None:
    page = ask(client, url, now, **typed)

    assert 'class="wrong"' in page
    assert not SignUp.objects.exists()


def test_too_many_from_one_network_are_refused(
    client: Client, url: str, bo: Contact, now: datetime
) -> None:
    for number in range(11):
        page = ask(client, url, now, email=f"someone{number}@example.org")

    assert "Nothing was sent." in page
    assert SignUp.objects.count() == 10
