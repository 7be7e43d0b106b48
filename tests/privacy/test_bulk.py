"""One change to many contacts is shown first, then made, and asked for of nobody twice."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from audiences import tasks
from audiences.admin import bulk as pages
from audiences.models import ConsentEvent, Contact, Segment, Subscription
from audiences.services import bulk
from tests.factories import NOON, ContactFactory, SegmentFactory, SubscriptionFactory

LIST = "admin:audiences_contact_changelist"


def choose(client: Client, action: str, people: list[Contact], **typed: object) -> object:
    return client.post(
        reverse(LIST),
        {"action": action, "_selected_action": [one.pk for one in people], **typed},
        follow=True,
    )


def said(answer: object) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


@pytest.fixture
def segment(db: None) -> Segment:
    return SegmentFactory(name="Shop customers")


def test_it_says_how_many_and_whom_before_anything_happens(
    lead_client: Client, ana: Contact, bo: Contact
) -> None:
    asked = choose(lead_client, "mark_shared", [ana, bo])

    assert "2 people: Bo Larsen, Ana Weber" in asked.content.decode()
    assert not Contact.objects.filter(is_shared=True).exists()


def test_subscribing_respects_who_left(
    lead_client: Client, ana: Contact, bo: Contact, segment: Segment
) -> None:
    left = SubscriptionFactory(contact=bo, segment=segment, state="unsubscribed", source="link")

    form = {"segment": segment.pk, "channel": "email", "evidence": "asked by phone"}
    done = choose(lead_client, "subscribe", [ana, bo], confirmed="yes", **form)

    left.refresh_from_db()
    assert left.state == Subscription.State.UNSUBSCRIBED
    assert Subscription.objects.get(contact=ana).evidence == "lead: asked by phone"
    assert "1 person was changed." in said(done)
    assert "1 person stays" in said(done)
    assert LogEntry.objects.filter(object_id=str(ana.pk)).count() == 1


def test_subscribing_needs_evidence(lead_client: Client, ana: Contact, segment: Segment) -> None:
    form = {"segment": segment.pk, "channel": "email", "evidence": ""}
    asked = choose(lead_client, "subscribe", [ana], confirmed="yes", **form)

    assert "evidence" in asked.context["form"].errors
    assert not Subscription.objects.exists()


def test_unsubscribing_holds_also_against_a_rule(ana: Contact, bo: Contact, lead: User) -> None:
    rule = {"field": "language", "one_of": ["de", "en"]}
    segment = SegmentFactory(rule=rule)
    SubscriptionFactory(contact=ana, segment=segment)
    details = {"segment": segment.pk, "channel": "email", "evidence": "no longer customers"}

    done = [
        bulk.carry_out(what="unsubscribe", ids=[ana.pk, bo.pk], details=details, by=lead, now=NOON)
        for _time in range(2)
    ]

    assert done == [2, 0]
    assert not segment.members("email").exists()
    assert set(Subscription.objects.values_list("source", flat=True)) == {"staff"}
    events = ConsentEvent.objects.order_by("contact").values_list(
        "contact", "kind", "source", "segment", "channel", "evidence"
    )
    said = ("withdrawn", "staff", segment.pk, "email", "lead: no longer customers")
    assert list(events) == [(pk, *said) for pk in sorted([ana.pk, bo.pk])]


def test_the_language_is_set_where_it_is_another(
    lead_client: Client, ana: Contact, bo: Contact
) -> None:
    chose = ContactFactory(language="en", is_locale_own=True)
    done = choose(lead_client, "set_language", [ana, bo, chose], confirmed="yes", language="de")

    assert set(Contact.objects.values_list("language", flat=True)) == {"de", "en"}
    assert "1 person was changed." in said(done)


def test_erasing_many_asks_for_their_number(lead_client: Client, ana: Contact, bo: Contact) -> None:
    refused = choose(lead_client, "erase_many", [ana, bo], confirmed="yes", typed="yes")
    are_there = Contact.objects.count()
    choose(lead_client, "erase_many", [ana, bo], confirmed="yes", typed="2")

    assert "nobody was erased" in refused.content.decode()
    assert are_there == 2
    assert not Contact.objects.exists()


def test_a_large_selection_is_the_workers(
    lead_client: Client, lead: User, ana: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [ana, *ContactFactory.create_batch(4)]
    monkeypatch.setattr(pages, "AT_ONCE", 2)
    monkeypatch.setattr(bulk, "BATCH", 2)
    handed: list[dict[str, object]] = []
    monkeypatch.setattr(tasks.change_many, "delay", lambda **given: handed.append(given))

    done = choose(lead_client, "mark_shared", people[:1], confirmed="yes", select_across="1")
    before = Contact.objects.filter(is_shared=True).count()
    for given in handed:
        tasks.change_many(**given)

    assert "the workers are at it" in said(done)
    assert [len(given["ids"]) for given in handed] == [2, 2, 1]
    assert before == 0
    assert Contact.objects.filter(is_shared=True).count() == 5


def test_a_broker_that_is_away_is_said(
    lead_client: Client, ana: Contact, bo: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**given: object) -> None:
        raise OperationalError

    monkeypatch.setattr(pages, "AT_ONCE", 1)
    monkeypatch.setattr(tasks.change_many, "delay", refuse)

    done = choose(lead_client, "mark_shared", [ana, bo], confirmed="yes")

    assert "0 of 2 were handed" in said(done)
