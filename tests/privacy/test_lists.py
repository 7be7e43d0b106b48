"""Lists that do not get slower with what they do not show."""

import unicodedata

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audiences.admin import lists
from audiences.models import ConsentEvent, Contact, Subscription, Suppression
from audiences.services import contacts, duplicates, erasure, lookup
from audiences.services.intake.rows import ContactRow
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
@pytest.mark.parametrize("typed", ["Özlem", "özlem", "ÖZLEM  ÇELIK", "Çelik", "O\u0308zlem", "çe"])
def test_a_search_finds_a_name_in_any_case_and_either_form_of_unicode(typed: str) -> None:
    decomposed = unicodedata.normalize("NFD", "Özlem\u00a0Çelik")
    people = [
        ContactFactory(name="Özlem Çelik", email="one@example.com"),
        ContactFactory(name=decomposed, email="two@example.com"),
        ContactFactory(name="ÖZLEM ÇELIK", email="three@example.com"),
    ]

    assert list(Contact.objects.filter(lookup.matching(typed)).order_by("pk")) == people


@pytest.mark.django_db
def test_a_search_follows_a_name_that_changed_by_hand_or_by_a_file() -> None:
    by_hand = ContactFactory(name="Ana", email="ana@example.com")
    ContactFactory(name="Bo", email="bo@example.com")
    by_hand.name = "Élodie Ångström"
    by_hand.save()

    contacts.store(
        rows={
            row.identity: row
            for row in (
                ContactRow(1, email="bo@example.com", name="Émile Ångström"),
                ContactRow(2, email="new@example.com", name="Ève Ångström"),
            )
        },
        now=NOON,
    )

    assert Contact.objects.filter(lookup.matching("ångström")).count() == 3
    assert Contact.objects.filter(lookup.matching("ém")).get().email == "bo@example.com"


@pytest.mark.django_db
def test_who_was_erased_is_found_under_nobody_elses_name() -> None:
    zoe = ContactFactory(name="Zoë Kümmerling", email="zoe@example.com")
    heir = ContactFactory(name="Ex zoe@example.com", email="heir@example.com")

    erasure.erase(contact=zoe, by=None, now=NOON)

    heir.refresh_from_db()
    assert (heir.name_folded, heir.name_rest) == ("ex [erased]", "[erased]")


@pytest.mark.django_db
def test_two_of_the_same_name_are_alike_whatever_its_case() -> None:
    account = AccountFactory()
    first = ContactFactory(name="Özlem Çelik", email="a@example.com", account=account)
    second = ContactFactory(name="ÖZLEM ÇELIK", email="b@example.com", account=account)

    assert [one.contact for one in duplicates.alike(contact=first)] == [second]


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
