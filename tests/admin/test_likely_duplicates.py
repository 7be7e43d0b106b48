"""All likely duplicates on one page, each with a way to merge them."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from audiences.admin import duplicates as pages
from audiences.models import Contact
from tests.factories import AccountFactory, ContactFactory, UserFactory

PAGE = "admin:audiences_contact_duplicates"


def groups(client: Client, by: str, **query: str) -> list[list[Contact]]:
    answer = client.get(reverse(PAGE), {"by": by, **query})
    assert answer.status_code == 200
    return [[group["first"], *group["others"]] for group in answer.context["groups"]]


def test_the_same_mailbox_in_another_spelling(lead_client: Client, ana: Contact) -> None:
    same = ContactFactory(email="a.na+news@example.com")
    ContactFactory(email="ana@example.org")
    ContactFactory(email="anna@example.com")
    ContactFactory(email="", phone="+4917139200018")

    assert groups(lead_client, "mailbox") == [[ana, same]]


def test_the_same_telephone(lead_client: Client) -> None:
    some = [ContactFactory(phone="+4917139200017") for _one in range(2)]
    ContactFactory(phone="+4917139200018")

    assert groups(lead_client, "phone") == [some]


def test_the_same_name_in_the_same_account(lead_client: Client) -> None:
    account = AccountFactory()
    some = [ContactFactory(name=name, account=account) for name in ("Bo Zimt", " BO zimt ")]
    ContactFactory(name="Bo Zimt", account=AccountFactory())
    ContactFactory(name="Bo Zimt")
    ContactFactory.create_batch(2, name="", account=account)

    assert groups(lead_client, "name") == [some]


def test_each_pair_leads_to_its_merge(lead_client: Client, ana: Contact) -> None:
    same = ContactFactory(email="ana+1@example.com")

    shown = lead_client.get(reverse(PAGE)).content.decode()

    assert reverse("admin:audiences_contact_merge", args=[ana.pk]) + f"?with={same.pk}" in shown


@pytest.mark.parametrize("by", ["phone", "name"])
def test_a_page_goes_on_where_the_one_before_ended(
    lead_client: Client, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setattr(pages, "PER_PAGE", 2)
    accounts = [AccountFactory(), AccountFactory()]
    pairs = [
        [
            ContactFactory(name=f"Bo {n % 2}", phone=f"+4917139200{n:03}", account=accounts[n // 2])
            for _one in range(2)
        ]
        for n in range(3)
    ]

    first = lead_client.get(reverse(PAGE), {"by": by})
    second = lead_client.get(reverse(PAGE) + first.context["next_page"])

    shown = [[one["first"], *one["others"]] for one in first.context["groups"]]
    assert shown == pairs[:2]
    assert [[one["first"], *one["others"]] for one in second.context["groups"]] == pairs[2:]
    assert second.context["next_page"] == ""


@pytest.mark.parametrize("after", ["x", "{}", "[]", "[1]", '["a", "b"]', "[true]", "null"])
def test_an_address_that_was_tampered_with_begins_anew(
    lead_client: Client, ana: Contact, after: str
) -> None:
    same = ContactFactory(email="ana+1@example.com")

    assert groups(lead_client, "mailbox", after=after) == [[ana, same]]
    assert groups(lead_client, "name", after=json.dumps([10**30, "a"])) == []
    assert groups(lead_client, "mailbox", after=json.dumps(["\0"])) == [[ana, same]]


def test_a_crowd_behind_one_telephone_is_cut_short(
    lead_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ContactFactory.create_batch(8, phone="+4917139200017")

    with django_assert_max_num_queries(12):
        answer = lead_client.get(reverse(PAGE), {"by": "phone"})

    assert answer.context["groups"][0]["more"] == 3
    assert "3 more" in answer.content.decode()


def test_where_there_are_none_it_says_so(lead_client: Client, ana: Contact) -> None:
    assert "no two contacts have this in common" in lead_client.get(reverse(PAGE)).content.decode()


def test_only_who_may_merge_sees_it(db: None) -> None:
    clerk = UserFactory(username="clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="change_contact"))
    client = Client()
    client.force_login(clerk)

    assert client.get(reverse(PAGE)).status_code == 403
    assert (
        reverse(PAGE)
        not in client.get(reverse("admin:audiences_contact_changelist")).content.decode()
    )
