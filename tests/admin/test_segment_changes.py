"""A segment's page changes what its members get: it says so first, and undoes nobody's work."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from audiences.models import Segment
from tests.factories import SegmentFactory
from tests.pages import form_on

Page = dict[str, list[str]]
INTERNAL = {"kind": ["internal"], "detail": ["technical"]}


def url(segment: Segment) -> str:
    return reverse("admin:audiences_segment_change", args=[segment.pk])


def opened(client: Client, segment: Segment) -> Page:
    return form_on(client.get(url(segment)).content.decode())


def saved(answer: HttpResponse) -> bool:
    return answer.status_code == 302


def state_of(segment: Segment) -> object:
    return Segment.objects.filter(pk=segment.pk).values().get()


def test_a_page_saved_as_it_was_opened_changes_nothing(
    lead_client: Client, customers: Segment
) -> None:
    customers.public_name = {"de": "Unser Laden", "en": "Our shop"}
    customers.rule = {"any": [{"field": "language", "equals": "de"}]}
    customers.save()
    before = state_of(customers)

    assert saved(lead_client.post(url(customers), opened(lead_client, customers)))

    assert state_of(customers) == before


def test_customers_become_colleagues_only_when_that_is_meant(
    lead_client: Client, customers: Segment
) -> None:
    page = opened(lead_client, customers) | INTERNAL
    before = state_of(customers)

    asked = lead_client.post(url(customers), page)

    shown = asked.content.decode()
    assert "E-mail: 2 · SMS: 1" in shown
    assert "from “customer” to “internal”" in shown
    assert "technical variant" in shown
    assert state_of(customers) == before
    again = form_on(shown)
    assert not saved(lead_client.post(url(customers), again))
    assert saved(lead_client.post(url(customers), again | {"meant": ["internal technical"]}))
    customers.refresh_from_db()
    assert (customers.kind, customers.detail) == ("internal", "technical")


def test_a_tick_for_one_change_is_none_for_another(lead_client: Client, customers: Segment) -> None:
    page = opened(lead_client, customers) | INTERNAL | {"meant": ["internal public"]}

    assert not saved(lead_client.post(url(customers), page))

    customers.refresh_from_db()
    assert customers.kind == "customer"


def test_a_list_is_archived_only_when_that_is_meant(
    lead_client: Client, customers: Segment
) -> None:
    page = opened(lead_client, customers) | {"is_archived": ["on"]}

    asked = lead_client.post(url(customers), page)
    shown = asked.content.decode()
    was_archived = Segment.objects.get(pk=customers.pk).is_archived
    again = form_on(shown) | {"meant": ["archived"]}

    assert "E-mail: 2 · SMS: 1" in shown
    assert "nothing through it any more, whatever plan or broadcast names it" in shown
    assert not was_archived
    assert saved(lead_client.post(url(customers), again))
    assert Segment.objects.get(pk=customers.pk).is_archived


def test_who_loses_technical_detail_is_said(lead_client: Client, customers: Segment) -> None:
    Segment.objects.filter(pk=customers.pk).update(kind="internal", detail="technical")
    page = opened(lead_client, customers) | {"detail": ["public"]}

    shown = lead_client.post(url(customers), page).content.decode()

    assert "no technical detail any more" in shown
    assert "They all change" not in shown


@pytest.mark.parametrize("change", [{"name": ["Clients"]}, {"is_listed": ["on"]}])
def test_what_changes_for_nobody_is_not_asked_about(
    lead_client: Client, customers: Segment, change: Page
) -> None:
    page = opened(lead_client, customers)

    assert "meant" not in page
    assert saved(lead_client.post(url(customers), page | change))


def test_a_segment_that_nobody_hears_is_changed_at_once(lead_client: Client, db: None) -> None:
    segment = SegmentFactory()

    assert saved(lead_client.post(url(segment), opened(lead_client, segment) | INTERNAL))


def test_people_named_by_a_rule_are_counted_too(lead_client: Client, ana: object) -> None:
    segment = SegmentFactory(rule={"field": "language", "equals": "de"})

    shown = lead_client.post(url(segment), opened(lead_client, segment) | INTERNAL)

    assert "E-mail: 1 · SMS: 0" in shown.content.decode()


def test_an_old_page_does_not_put_the_old_rule_back(
    lead_client: Client, customers: Segment
) -> None:
    page = opened(lead_client, customers)
    rule = {"all": [{"field": "language", "equals": "de"}]}
    Segment.objects.filter(pk=customers.pk).update(rule=rule, public_name={"en": "Shop"})

    assert saved(lead_client.post(url(customers), page | {"name": ["Clients"]}))

    customers.refresh_from_db()
    assert customers.name == "Clients"
    assert (customers.rule, customers.public_name) == (rule, {"en": "Shop"})


@pytest.mark.parametrize(
    ("typed", "meanwhile"),
    [
        (
            {"rule": ['{"all": [{"field": "language", "equals": "en"}]}']},
            {"rule": {"all": [{"field": "language", "equals": "de"}]}},
        ),
        ({"public_name_en": ["The shop"]}, {"public_name": {"en": "Shop"}}),
        ({"kind": ["partner"], "meant": ["partner"]}, {"kind": "internal"}),
    ],
)
def test_what_somebody_else_has_changed_is_not_overwritten(
    lead_client: Client, customers: Segment, typed: Page, meanwhile: dict[str, object]
) -> None:
    page = opened(lead_client, customers)
    Segment.objects.filter(pk=customers.pk).update(**meanwhile)
    before = state_of(customers)

    shown = lead_client.post(url(customers), page | typed)

    assert "changed since you opened the page" in shown.content.decode()
    assert state_of(customers) == before
