"""A page may be old when it is saved: what it did not change is not written."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from audiences.models import (
    Account,
    ComponentUse,
    ConsentEvent,
    Contact,
    Segment,
    Subscription,
    SupportWay,
)
from messaging.services import unsubscribes
from messaging.services.unsubscribes import Way
from tests.factories import NOON, AccountFactory, DeliveryFactory
from tests.pages import form_on

Page = dict[str, list[str]]


@pytest.fixture
def bos_page(lead_client: Client, bo: Contact, customers: Segment) -> str:
    Contact.objects.filter(pk=bo.pk).update(
        feedback_consent_at=NOON,
        account=AccountFactory(),
        time_zone="Europe/Berlin",
        attributes={"city": "Köln", "seats": 5},
        quiet_from="22:00",
        quiet_until="06:30",
    )
    Subscription.objects.filter(contact=bo).update(evidence="Signed with the contract")
    return reverse("admin:audiences_contact_change", args=[bo.pk])


@pytest.fixture
def leave(bo: Contact) -> Callable[[], None]:
    def _leave() -> None:
        bo.refresh_from_db()
        delivery = DeliveryFactory(contact=bo)
        unsubscribes.leave_everything(delivery=delivery, way=Way("Unsubscribe page"), now=NOON)

    return _leave


def opened(client: Client, url: str) -> Page:
    return form_on(client.get(url).content.decode())


def state_of(bo: Contact) -> object:
    return (
        list(Contact.objects.filter(pk=bo.pk).values()),
        list(Subscription.objects.order_by("pk").values()),
        list(ConsentEvent.objects.order_by("pk").values()),
    )


def test_a_page_saved_as_it_was_opened_changes_nothing(
    lead_client: Client, bos_page: str, bo: Contact
) -> None:
    before = state_of(bo)

    answer = lead_client.post(bos_page, opened(lead_client, bos_page))

    assert answer.status_code == 302
    assert state_of(bo) == before


def test_who_left_meanwhile_stays_away_when_the_name_is_corrected(
    lead_client: Client, bos_page: str, bo: Contact, leave: Callable[[], None]
) -> None:
    page = opened(lead_client, bos_page)
    leave()
    events = ConsentEvent.objects.count()

    answer = lead_client.post(bos_page, page | {"name": ["Bo Lee-Kim"]})

    assert answer.status_code == 302
    bo.refresh_from_db()
    assert (bo.name, bo.feedback_consent_at) == ("Bo Lee-Kim", None)
    assert set(bo.subscriptions.values_list("state", flat=True)) == {"unsubscribed"}
    assert ConsentEvent.objects.count() == events


def test_wishes_from_meanwhile_stay(lead_client: Client, bos_page: str, bo: Contact) -> None:
    page = opened(lead_client, bos_page)
    later = NOON + timedelta(days=30)
    Contact.objects.filter(pk=bo.pk).update(paused_until=later, email_from=3, language="de")

    lead_client.post(bos_page, page | {"name": ["Bo Lee-Kim"]})

    bo.refresh_from_db()
    assert (bo.paused_until, bo.email_from, bo.language) == (later, 3, "de")


@pytest.mark.parametrize(
    ("field", "typed", "meanwhile"),
    [
        ("email_from", "2", {"email_from": 3}),
        ("email", "bo.lee@example.org", {"email": "other@example.org"}),
        ("attributes", '{"city": "Bonn"}', {"attributes": {"city": "Kiel"}}),
        ("is_shared", "on", {"email_from": 3, "is_shared": True}),
        ("feedback_consent_at_0", "2026-01-02", {"feedback_consent_at": None}),
    ],
)
def test_what_changed_meanwhile_is_not_overwritten(
    lead_client: Client,
    bos_page: str,
    bo: Contact,
    field: str,
    typed: str,
    meanwhile: dict[str, object],
) -> None:
    page = opened(lead_client, bos_page) | {"feedback_evidence": ["by phone"]}
    Contact.objects.filter(pk=bo.pk).update(**meanwhile)
    before = state_of(bo)

    for _attempt in range(2):
        answer = lead_client.post(bos_page, page | {field: [typed]})
        if field == "is_shared":
            # Both want the same.
            assert answer.status_code == 302
        else:
            assert "changed since you opened the page" in answer.content.decode()
            page = form_on(answer.content.decode())
        assert state_of(bo) == before


def test_a_row_that_its_person_left_meanwhile_is_not_confirmed_again(
    lead_client: Client, bos_page: str, bo: Contact, leave: Callable[[], None]
) -> None:
    Subscription.objects.update(state="unconfirmed")
    page = opened(lead_client, bos_page)
    Subscription.objects.update(state="unsubscribed", evidence="One-click", source="link")

    answer = lead_client.post(
        bos_page,
        page | {"subscriptions-0-state": ["confirmed"], "subscriptions-0-evidence": ["called us"]},
    )

    assert "changed since you opened the page" in answer.content.decode()
    assert set(bo.subscriptions.values_list("state", flat=True)) == {"unsubscribed"}


def test_a_row_that_is_gone_meanwhile_is_said(
    lead_client: Client, bos_page: str, bo: Contact, leave: Callable[[], None]
) -> None:
    Subscription.objects.update(state="unconfirmed")
    page = opened(lead_client, bos_page)
    leave()

    answer = lead_client.post(bos_page, page | {"name": ["Bo Lee-Kim"]})

    assert answer.status_code == 200
    assert "changed since you opened the page" in answer.content.decode()


def save_row(client: Client, row: Subscription, leave: Callable[[], None]) -> HttpResponse:
    url = reverse("admin:audiences_subscription_change", args=[row.pk])
    page = opened(client, url)
    leave()
    return client.post(url, page)


def test_the_page_of_a_subscription_is_no_way_back_either(
    lead_client: Client, bos_page: str, bo: Contact, leave: Callable[[], None]
) -> None:
    row = bo.subscriptions.first()
    assert row

    answer = save_row(lead_client, row, leave)

    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.state, row.source) == ("unsubscribed", "link")
    assert not bo.consents.filter(kind="given").exists()


@pytest.fixture
def companys_page(lead_client: Client) -> tuple[Account, str]:
    account = Account.objects.create(name="Hafental")
    ComponentUse.objects.create(account=account, component="shop")
    return account, reverse("admin:audiences_account_change", args=[account.pk])


def test_what_changed_of_a_company_meanwhile_is_not_taken_back(
    lead_client: Client, companys_page: tuple[Account, str]
) -> None:
    account, url = companys_page
    page = opened(lead_client, url)
    Account.objects.filter(pk=account.pk).update(tier="key", language="en")

    saved = lead_client.post(url, page | {"name": ["Hafental AG"]})
    refused = lead_client.post(url, page | {"name": ["Hafental SE"], "language": ["de"]})

    account.refresh_from_db()
    assert (account.name, account.tier, account.language) == ("Hafental AG", "key", "en")
    assert saved.status_code == 302
    assert "changed since you opened the page" in refused.content.decode()


def test_a_use_that_an_import_or_a_colleague_ended_meanwhile_is_said(
    lead_client: Client, companys_page: tuple[Account, str]
) -> None:
    account, url = companys_page
    page = opened(lead_client, url)
    account.uses.all().delete()

    answer = lead_client.post(url, page | {"name": ["Hafental AG"]})

    assert "changed since you opened the page" in answer.content.decode()


def test_what_changed_of_a_way_to_support_meanwhile_is_not_taken_back(
    lead_client: Client, customers: Segment
) -> None:
    way = SupportWay.objects.create(name={"en": "Desk"}, address="+43 1 5550199")
    hours = way.hours.create(weekday=0, opens_at="08:00", closes_at="18:00")
    url = reverse("admin:audiences_supportway_change", args=[way.pk])
    page = opened(lead_client, url)
    SupportWay.objects.filter(pk=way.pk).update(address="+43 1 5550188", holidays="AT")
    way.hours.update(closes_at="16:00")

    saved = lead_client.post(url, page | {"segments": [str(customers.pk)], "name_en": ["Phone"]})
    again = lead_client.post(url, opened(lead_client, url))
    later = {"hours-0-closes_at": ["20:00"]}
    refused = lead_client.post(url, page | later | {"address": ["+43 1 5550177"]})

    way.refresh_from_db()
    hours.refresh_from_db()
    assert (saved.status_code, again.status_code) == (302, 302)
    assert (way.address, way.holidays, *way.segments.all()) == ("+43 1 5550188", "AT", customers)
    assert hours.closes_at == time(16)
    assert refused.content.decode().count("changed since you opened the page") == 2
