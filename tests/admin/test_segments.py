"""A segment's page: its rule, its members, and why somebody is in or not."""

import json
from datetime import time

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from audiences.models import ComponentUse, Contact, Segment, Severity
from incidents.models import Component
from tests.factories import (
    AccountFactory,
    ComponentFactory,
    ContactFactory,
    SegmentFactory,
    UserFactory,
)

GERMAN = {"field": "language", "equals": "de"}


def check(client: Client, rule: object, **more: object) -> dict[str, str]:
    typed = rule if isinstance(rule, str) else json.dumps(rule)
    answer = client.post(reverse("admin:audiences_segment_rule"), {"rule": typed, **more})
    return answer.json()


def test_a_rule_that_is_typed_is_read_back_and_counted(
    lead_client: Client, ana: Contact, bo: Contact
) -> None:
    told = check(lead_client, GERMAN)

    assert told == {"sentence": "Language is German", "counts": "E-mail: 1 · SMS: 0"}


def test_subscribers_of_the_segment_count_with_its_new_rule(
    lead_client: Client, customers: Segment
) -> None:
    told = check(lead_client, GERMAN, pk=customers.pk, slug="customers")

    assert told["counts"] == "E-mail: 2 · SMS: 1"
    assert Segment.objects.get(pk=customers.pk).rule == {}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"all": [{"field": "password", "equals": "x"}]}, "At all › 1 › field: Unknown field"),
        ({"in_segment": "gone"}, "There is no segment “gone”."),
        ({"in_segment": "me"}, "me → me"),
        ("{", "Enter a valid JSON."),
        ("[" * 10_000, "This rule cannot be used."),
        ("9" * 5_000, "This rule cannot be used."),
        (" " * 20_001, "at most 20000 characters"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_while_it_is_typed(
    lead_client: Client, rule: object, words: str
) -> None:
    assert words in check(lead_client, rule, slug="me")["error"]


def test_whoever_may_only_look_checks_no_rules(viewer: Client) -> None:
    answer = viewer.post(reverse("admin:audiences_segment_rule"), {"rule": "{}"})

    assert answer.status_code == 403


@pytest.fixture
def viewer(db: None) -> Client:
    """Somebody who may look at segments, and not at people."""
    return logged_in("view_segment")


@pytest.fixture
def clerk(db: None) -> Client:
    """Somebody who may look at segments and people, and not at what these have said."""
    return logged_in("view_segment", "view_contact")


def logged_in(*may: str) -> Client:
    user: User = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    client = Client()
    client.force_login(user)
    return client


def test_some_members_are_shown_to_who_may_see_contacts(
    lead_client: Client, viewer: Client, customers: Segment
) -> None:
    page = reverse("admin:audiences_segment_change", args=[customers.pk])

    assert "Ana Weber" in lead_client.get(page).content.decode()
    assert "Ana Weber" not in viewer.get(page).content.decode()


def test_a_page_offers_the_names_of_attributes_found(lead_client: Client) -> None:
    for number in range(3):
        ContactFactory(attributes={"plan": number, 'not "offered"': 1})
    ComponentUse.objects.create(account=AccountFactory(), component="checkout")

    page = lead_client.get(reverse("admin:audiences_segment_add"))

    offer = json.loads(
        page.context["adminform"].form["rule"].subwidgets[0].data["attrs"]["data-rule"]
    )
    assert offer["attributes"] == ["plan"]
    assert offer["components"] == ["checkout"]


def test_why_says_what_is_true_of_a_person(lead_client: Client, ana: Contact, bo: Contact) -> None:
    segment = SegmentFactory(rule={"all": [GERMAN, {"uses": "checkout"}]})
    page = reverse("admin:audiences_segment_why", args=[segment.pk])

    words = lead_client.get(page, {"person": "ana@"}).content.decode()

    assert "Language is German" in words
    assert "The account uses “checkout”" in words
    assert "does not hear it" in words


def test_why_says_what_keeps_a_message_from_a_member(
    lead_client: Client, customers: Segment, bo: Contact
) -> None:
    wishes = {"email_from": Severity.NEVER, "sms_from": Severity.MAJOR}
    night = {"quiet_from": time(0), "quiet_until": time(23, 59), "is_woken_by_critical": False}
    Contact.objects.filter(pk=bo.pk).update(**wishes, **night)
    page = reverse("admin:audiences_segment_why", args=[customers.pk])

    words = lead_client.get(page, {"contact": bo.pk}).content.decode()

    assert "This person wants: nothing" in words
    assert "This person wants: major or worse" in words
    assert "Quiet hours from 00:00 to 23:59" in words
    assert "Critical" not in words


def test_why_lets_choose_between_several(
    lead_client: Client, customers: Segment, ana: Contact, bo: Contact
) -> None:
    page = reverse("admin:audiences_segment_why", args=[customers.pk])

    ContactFactory(name="Ana Bell")
    several = lead_client.get(page, {"person": "a"}).content.decode()
    nobody = lead_client.get(page, {"person": "nobody\x00"}).content.decode()
    chosen = lead_client.get(page, {"contact": ana.pk}).content.decode()

    assert f"?contact={ana.pk}" in several
    assert "Ana Bell" in several
    assert "Nobody was found" in nobody
    assert "hears this segment" in chosen


def test_why_is_for_who_may_see_what_it_quotes(
    viewer: Client, customers: Segment, clerk: Client
) -> None:
    page = reverse("admin:audiences_segment_why", args=[customers.pk])
    segment = reverse("admin:audiences_segment_change", args=[customers.pk])

    assert clerk.get(page).status_code == 403
    assert page not in clerk.get(segment).content.decode()

    assert viewer.get(page, {"person": "ana"}).status_code == 403


def test_a_segment_that_others_refer_to_is_not_deleted(
    lead_client: Client, customers: Segment
) -> None:
    SegmentFactory(name="The other", rule={"in_segment": "customers"})
    page = reverse("admin:audiences_segment_delete", args=[customers.pk])

    asked = lead_client.get(page).content.decode()
    lead_client.post(page, {"post": "yes"})

    assert "The other" in asked
    assert Segment.objects.filter(pk=customers.pk).exists()


def test_accounts_of_a_service_are_chosen_on_its_page(
    lead_client: Client, checkout: Component
) -> None:
    old, kept, new = (AccountFactory(name=name) for name in ("Old", "Kept", "New"))
    for account in (old, kept):
        ComponentUse.objects.create(account=account, component="checkout")
    ComponentUse.objects.create(account=old, component="search")
    page = reverse("admin:incidents_component_change", args=[checkout.pk])

    shown = lead_client.get(page).content.decode()
    lead_client.post(
        page,
        {
            "name": "Checkout",
            "status": "operational",
            "position": "0",
            "initial-accounts": [old.pk, kept.pk],
            "accounts": [kept.pk, new.pk],
        },
    )

    assert "Old" in shown
    assert f'name="initial-accounts" value="{old.pk}"' in shown
    uses = ComponentUse.objects.filter(component="checkout").values_list("account__name", flat=True)
    assert set(uses) == {"Kept", "New"}
    assert ComponentUse.objects.filter(component="search").count() == 1


def test_very_many_accounts_are_a_list_of_their_own(
    lead_client: Client, checkout: Component, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.admin.components.MOST_IN_A_FIELD", 1)
    for _number in range(2):
        ComponentUse.objects.create(account=AccountFactory(), component="checkout")
    page = reverse("admin:incidents_component_change", args=[checkout.pk])

    shown = lead_client.get(page).content.decode()
    lead_client.post(page, {"name": "New name", "status": "operational", "position": "0"})

    checkout.refresh_from_db()
    assert "/componentuse/?component=checkout" in shown
    assert checkout.name == "New name"
    assert ComponentUse.objects.filter(component="checkout").count() == 2


def test_a_new_segment_begins_with_an_empty_rule(lead_client: Client) -> None:
    page = lead_client.get(reverse("admin:audiences_segment_add"))

    assert page.context["adminform"].form["rule"].value() == "{}"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("[" * 5_000 + "]" * 5_000, "This rule cannot be used."),
        ("[" * 700 + "]" * 700, "A condition is expected"),
        ("9" * 5_000, "This rule cannot be used."),
    ],
    ids=["deep", "less deep", "large"],
)
def test_a_rule_that_python_cannot_read_is_refused_and_shown_again(
    lead_client: Client, typed: str, words: str
) -> None:
    fields = {"name": "Deep", "slug": "deep", "kind": "customer", "detail": "public"}

    page = lead_client.post(
        reverse("admin:audiences_segment_add"), {**fields, "tone": "formal", "rule": typed}
    )

    assert words in str(page.context["adminform"].form.errors["rule"])
    assert typed in page.content.decode()


@pytest.mark.parametrize("slug", ["nope", "checkout"])
def test_a_rule_asks_only_about_components_that_there_are(lead_client: Client, slug: str) -> None:
    ComponentFactory(slug="checkout")
    typed = {"name": "Users", "slug": "users", "kind": "customer", "detail": "public"}

    page = lead_client.post(
        reverse("admin:audiences_segment_add"),
        {**typed, "tone": "formal", "rule": f'{{"uses": "{slug}"}}'},
    )

    refused = page.status_code == 200 and "no component “nope”" in page.content.decode()
    assert refused == (slug == "nope")
    assert Segment.objects.filter(slug="users").exists() == (slug == "checkout")
