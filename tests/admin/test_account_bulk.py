"""One change to many accounts: shown first, then made, and noted at each that changed."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from audiences.admin.bulk import BulkForm
from audiences.models import Account, ComponentUse
from audiences.services import bulk, uses
from audiences.services.bulk_accounts import Gone
from tests.factories import NOON, AccountFactory, ComponentFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = "admin:audiences_account_changelist"


@pytest.fixture
def accounts() -> list[Account]:
    return [AccountFactory(name="Nord KG"), AccountFactory(name="Süd AG", tier="key")]


def choose(client: Client, action: str, accounts: list[Account], **typed: object) -> HttpResponse:
    form = {"action": action, "_selected_action": [one.pk for one in accounts], **typed}
    return client.post(reverse(LIST), form, follow=True)


def said(answer: HttpResponse) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def test_it_says_which_accounts_before_anything_happens(
    lead_client: Client, accounts: list[Account]
) -> None:
    asked = choose(lead_client, "set_tier", accounts)

    assert "2 accounts: Süd AG, Nord KG" in asked.text
    assert Account.objects.filter(tier="key").count() == 1


@pytest.mark.parametrize(
    ("action", "field", "value", "noted"),
    [("set_tier", "tier", "key", "tier: key account"), ("set_kind", "kind", "partner", "partner")],
)
def test_a_value_is_set_where_it_is_another(
    lead_client: Client, accounts: list[Account], action: str, field: str, value: str, noted: str
) -> None:
    Account.objects.filter(pk=accounts[1].pk).update(**{field: value})

    done = choose(lead_client, action, accounts, confirmed="yes", **{field: value})

    assert set(Account.objects.values_list(field, flat=True)) == {value}
    assert "1 account was changed. 1 account stays as it was" in said(done)
    assert noted in LogEntry.objects.get().change_message
    assert LogEntry.objects.get().object_id == str(accounts[0].pk)


def test_accounts_get_a_manager_and_lose_them(lead_client: Client, accounts: list[Account]) -> None:
    kim = UserFactory(username="kim", is_staff=True)

    choose(lead_client, "set_manager", accounts, confirmed="yes", account_manager=kim.pk)
    assert set(Account.objects.values_list("account_manager", flat=True)) == {kim.pk}

    choose(lead_client, "set_manager", accounts[:1], confirmed="yes", account_manager="")
    assert Account.objects.get(account_manager=None) == accounts[0]


def test_component_use_is_added_and_ended(lead_client: Client, accounts: list[Account]) -> None:
    ComponentFactory(slug="checkout", name="Checkout")
    uses.add(component="checkout", accounts=[accounts[0].pk])

    added = choose(lead_client, "add_use", accounts, confirmed="yes", component="checkout")
    assert ComponentUse.objects.filter(component="checkout").count() == 2

    ended = choose(lead_client, "end_use", accounts[:1], confirmed="yes", component="checkout")
    assert ComponentUse.objects.get().account == accounts[1]
    assert ["1 account was changed." in said(one) for one in (added, ended)] == [True, True]


@pytest.mark.parametrize("gone", ["deleted", "inactive"])
def test_a_manager_who_has_left_meanwhile_takes_nobodys_place(
    accounts: list[Account], gone: str
) -> None:
    kim, before = UserFactory(username="kim"), UserFactory(username="before")
    Account.objects.update(account_manager=before)
    details, ids = {"account_manager": kim.pk}, [one.pk for one in accounts]
    User.objects.filter(pk=kim.pk).update(is_active=False)
    if gone == "deleted":
        kim.delete()

    with pytest.raises(Gone, match="has left meanwhile, and gets no accounts"):
        bulk.carry_out(what="set_manager", ids=ids, details=details, by=before, now=NOON)

    assert set(Account.objects.values_list("account_manager", flat=True)) == {before.pk}
    assert not LogEntry.objects.exists()


def test_a_component_that_is_gone_meanwhile_is_used_by_nobody(
    lead_client: Client, accounts: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    component = ComponentFactory(slug="checkout")
    validated = BulkForm.details

    def deleted_just_then(form: BulkForm) -> dict[str, object]:
        component.delete()
        return validated(form)

    monkeypatch.setattr(BulkForm, "details", deleted_just_then)
    done = choose(lead_client, "add_use", accounts, confirmed="yes", component="checkout")

    assert "This component was deleted meanwhile, and no account uses it." in said(done)
    assert not ComponentUse.objects.exists()


def test_who_may_not_change_uses_is_not_offered_it(accounts: list[Account]) -> None:
    clerk = UserFactory(is_staff=True)
    names = ("view_account", "change_account")
    clerk.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(clerk)

    page = client.get(reverse(LIST)).text

    assert 'value="set_tier"' in page
    assert 'value="add_use"' not in page
