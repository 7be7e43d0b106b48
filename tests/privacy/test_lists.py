"""Lists that do not get slower with what they do not show."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audiences.admin import lists
from audiences.models import ConsentEvent, Contact, Subscription, Suppression
from audiences.services import erasure, lookup
from messaging.models import Delivery
from tests.factories import (
    NOON,
    AccountFactory,
    ContactFactory,
    DeliveryFactory,
    SubscriptionFactory,
)

LISTS = ("contact", "subscription", "suppression", "consentevent", "account", "delivery")


def page(model: str) -> str:
    app = "messaging" if model == "delivery" else "audiences"
    return reverse(f"admin:{app}_{model}_changelist")


def crowd(people: int) -> None:
    for _number in range(people):
        contact = ContactFactory(account=AccountFactory())
        SubscriptionFactory(contact=contact)
        ConsentEvent.objects.create(contact=contact, purpose="notice", kind="given", source="self")
        DeliveryFactory(contact=contact)
        Suppression.objects.create(channel="email", address=contact.email, reason="staff")


@pytest.mark.parametrize("model", LISTS)
def test_a_longer_list_asks_no_more_questions(model: str, lead_client: Client) -> None:
    crowd(2)
    with CaptureQueriesContext(connection) as few:
        lead_client.get(page(model))
    crowd(6)
    with CaptureQueriesContext(connection) as many:
        listed = lead_client.get(page(model))

    assert listed.context["cl"].result_count == 8
    assert len(many) == len(few) <= 6


@pytest.mark.parametrize("model", LISTS)
def test_nothing_is_counted_to_its_end(
    model: str, lead_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(4)
    monkeypatch.setattr(lists, "MOST", 3)

    with CaptureQueriesContext(connection) as asked:
        listed = lead_client.get(page(model))

    counts = [one["sql"] for one in asked if one["sql"].startswith("SELECT COUNT(*)")]
    assert counts
    assert all("LIMIT 4" in sql for sql in counts)
    assert "more than 3" in listed.content.decode()
    assert int(listed.context["cl"].result_count) == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed",
    [
        "zoë k",
        "ZOË",
        "kümmer",
        "Kümmerling",
        "zoe.kue",
        "ZOE.KUEMMERLING@example.com",
        "+4917139",
        "0171 392",
        "0049 171",
        "4917139200017",
    ],
)
def test_a_search_takes_the_beginning_of_what_one_knows(typed: str) -> None:
    zoe = ContactFactory(
        name="zoë kümmerling", email="zoe.kuemmerling@example.com", phone="+4917139200017"
    )
    ContactFactory(name="Zora Zimt", email="other@example.com", phone="+447700900002")

    assert list(Contact.objects.filter(lookup.matching(typed))) == [zoe]


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", "  ", "merling", "%", "_", "\\", "example.com"])
def test_a_search_does_not_look_inside_of_words(typed: str) -> None:
    ContactFactory(name="zoë kümmerling", email="zoe@example.com")

    assert not Contact.objects.filter(lookup.matching(typed)).exists()


@pytest.mark.parametrize("model", [Subscription, ConsentEvent, Delivery])
def test_what_belongs_to_people_is_searched_by_them(model: type, lead_client: Client) -> None:
    crowd(2)
    ContactFactory(name="Zimt")
    contact = Contact.objects.order_by("pk").first()
    assert contact

    found = lead_client.get(page(model._meta.model_name), {"q": contact.email})

    assert [one.contact for one in found.context["cl"].result_list] == [contact]


def test_a_search_that_names_too_many_people_says_so(
    lead_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(3)
    monkeypatch.setattr(lists, "MOST_PEOPLE", 2)

    found = lead_client.get(page("subscription"), {"q": "contact"})

    assert "type more" in found.content.decode()
    assert len(found.context["cl"].result_list) == 2


def test_an_erased_address_is_found_by_whoever_knows_it(lead_client: Client) -> None:
    contact = ContactFactory(email="zoe@example.com")
    erasure.erase(contact=contact, by=None, now=NOON)

    found = lead_client.get(page("suppression"), {"q": "Zoe@example.com"})

    assert [one.reason for one in found.context["cl"].result_list] == ["erasure"]


def test_no_picker_lists_everybody() -> None:
    """Contacts and what follows them are suggested while one types."""
    many = {"contact", "account", "broadcast", "delivery", "subscription"}

    unbounded = [
        f"{model._meta.label}.{field.name}"
        for model, page_of in admin.site._registry.items()
        if type(page_of).has_add_permission is not None
        for field in model._meta.fields
        if field.is_relation
        and field.editable
        and field.related_model._meta.model_name in many
        and field.name not in {*page_of.autocomplete_fields, *page_of.raw_id_fields}
        and "ReadOnly" not in "".join(base.__name__ for base in type(page_of).__mro__)
        and field.name not in page_of.readonly_fields
        and field.name in str(page_of.fields or page_of.fieldsets or field.name)
    ]

    assert unbounded == []
