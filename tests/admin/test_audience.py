import json

import pytest
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError, transaction
from django.db.models import JSONField, Value
from django.test import Client
from django.urls import reverse

from audiences.models import Account, Contact, Segment, Suppression
from tests.factories import AccountFactory, ContactFactory, SegmentFactory, UserFactory


@pytest.fixture
def suppression(opted_out: Contact) -> Suppression:
    return Suppression.objects.get(channel="email")


def test_a_suppression_is_lifted_only_with_a_reason(
    lead_client: Client, lead: User, suppression: Suppression
) -> None:
    page = reverse("admin:audiences_suppression_lift", args=[suppression.pk])

    refused = lead_client.post(page, {"reason": ""})
    kept = Suppression.objects.get(pk=suppression.pk).lifted_at
    lead_client.post(page, {"reason": "She asked for it by phone."})

    suppression.refresh_from_db()
    assert refused.status_code == 200
    assert kept is None
    assert suppression.lifted_by == lead
    assert suppression.lifted_because == "She asked for it by phone."


def test_looking_at_the_lift_page_lifts_nothing(
    lead_client: Client, suppression: Suppression
) -> None:
    lead_client.get(reverse("admin:audiences_suppression_lift", args=[suppression.pk]))

    suppression.refresh_from_db()
    assert suppression.lifted_at is None


@pytest.mark.parametrize("page", ["change", "delete"])
def test_a_suppression_is_neither_edited_nor_deleted(
    page: str, lead_client: Client, suppression: Suppression
) -> None:
    address = reverse(f"admin:audiences_suppression_{page}", args=[suppression.pk])

    assert lead_client.post(address, {"post": "yes"}).status_code == 403


def test_an_address_is_suppressed_by_hand_in_its_stored_spelling(lead_client: Client) -> None:
    lead_client.post(
        reverse("admin:audiences_suppression_add"),
        {"channel": "email", "address": " Nobody@Example.COM ", "reason": "staff", "note": ""},
    )

    assert Suppression.objects.get().address == "nobody@example.com"


def test_a_segment_shows_its_live_members(lead_client: Client, customers: Segment) -> None:
    words = lead_client.get(reverse("admin:audiences_segment_change", args=[customers.pk])).context[
        "adminform"
    ]

    shown = {
        field.field["name"]: field.contents()
        for fieldset in words
        for line in fieldset
        for field in line
        if isinstance(field.field, dict)
    }
    assert shown == {"by_email": "2", "by_sms": "1"}


def test_a_wrong_rule_is_refused_at_its_field(lead_client: Client) -> None:
    segment = SegmentFactory()

    answer = lead_client.post(
        reverse("admin:audiences_segment_change", args=[segment.pk]),
        {
            "name": "Keys",
            "slug": "keys",
            "kind": "customer",
            "detail": "public",
            "rule": '{"all": [{"field": "password", "equals": "x"}]}',
        },
    )

    assert "rule" in answer.context["adminform"].form.errors


def contact_form(**typed: str) -> dict[str, str]:
    return {
        "name": "Cy",
        "language": "en",
        "attributes": "{}",
        "email_from": "0",
        "sms_from": "0",
        "subscriptions-TOTAL_FORMS": "0",
        "subscriptions-INITIAL_FORMS": "0",
        **typed,
    }


def test_a_contact_typed_by_hand_is_stored_in_the_spelling_suppressions_know(
    lead_client: Client, customers: Segment, opted_out: Contact
) -> None:
    opted_out.delete()

    lead_client.post(
        reverse("admin:audiences_contact_add"),
        contact_form(email=" Otto@Example.NET ", phone="0171 39200003"),
    )

    contact = Contact.objects.get(name="Cy")
    assert Suppression.objects.active().filter(channel="email", address=contact.email).exists()
    assert Suppression.objects.active().filter(channel="sms", address=contact.phone).exists()


def test_an_address_that_is_none_is_refused_at_its_field(lead_client: Client) -> None:
    answer = lead_client.post(
        reverse("admin:audiences_contact_add"), contact_form(email="nobody", phone="12")
    )

    errors = answer.context["adminform"].form.errors
    assert "has no @" in errors["email"][0]
    assert "is not a phone number" in errors["phone"][0]


def test_a_suppression_of_no_address_is_refused(lead_client: Client) -> None:
    answer = lead_client.post(
        reverse("admin:audiences_suppression_add"),
        {"channel": "sms", "address": "nobody@example.com", "reason": "staff", "note": ""},
    )

    assert "is not a phone number" in answer.context["adminform"].form.errors["address"][0]
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("[1]", "given by name"),
        ('"x"', "given by name"),
        ("5", "given by name"),
        ('{"a": {"b": 1}}', "“a” needs a text, a number, true or false."),
        ('{"a": [1]}', "“a” needs a text, a number, true or false."),
        ("{", "valid JSON"),
        pytest.param("[" * 5_000, "cannot be used", id="brackets"),
        ('{"a": NaN}', "“a” needs a number of ordinary size."),
        ('{"a": -1e999}', "“a” needs a number of ordinary size."),
        pytest.param('{"a": 1' + "0" * 400 + "}", "“a” needs a number", id="digits"),
        ('{"a": "\\ud800"}', "“a” holds half a character"),
        ('{"b\\udfff": 1}', "“b�” holds half a character"),
        ('{"a": "\\u0000"}', "“a” holds half a character"),
        # What would not come back from a spreadsheet as it was.
        pytest.param('{"a": "' + "x" * 4_001 + '"}', "“a” holds more than 4000", id="long text"),
        pytest.param('{"' + "a" * 190 + '": 1}', "has at most 189 characters", id="long name"),
        pytest.param(json.dumps(dict.fromkeys(range(901), 1)), "at most 900", id="many names"),
    ],
)
def test_attributes_are_names_with_values(lead_client: Client, typed: str, words: str) -> None:
    page = lead_client.post(
        reverse("admin:audiences_contact_add"),
        contact_form(email="cy@example.com", attributes=typed),
    )

    assert words in page.context["adminform"].form.errors["attributes"][0]
    assert not Contact.objects.exists()


@pytest.mark.parametrize(("typed", "kept"), [("", {}), ("null", {}), ('{"a": 1}', {"a": 1})])
def test_attributes_may_be_empty(lead_client: Client, typed: str, kept: dict[str, int]) -> None:
    lead_client.post(
        reverse("admin:audiences_contact_add"),
        contact_form(email="cy@example.com", attributes=typed),
    )

    assert Contact.objects.get().attributes == kept


@pytest.mark.parametrize("wrong", [[1], "x", 5, None])
def test_the_database_takes_no_attributes_without_names(db: None, wrong: object) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactFactory(attributes=Value(wrong, JSONField()))


def test_a_contacts_time_zone_exists(lead_client: Client) -> None:
    page = lead_client.post(
        reverse("admin:audiences_contact_add"),
        contact_form(email="cy@example.com", time_zone="Mars/X"),
    )

    assert "is no time zone" in page.context["adminform"].form.errors["time_zone"][0]


def test_an_accounts_page_names_its_people(lead_client: Client) -> None:
    account = AccountFactory()
    for number in range(21):
        ContactFactory(name=f"Person {number:02}", account=account)

    page = lead_client.get(reverse("admin:audiences_account_change", args=[account.pk])).text

    assert "Person 19" in page
    assert "Person 20" not in page
    assert f"?account__id__exact={account.pk}" in page
    everybody = reverse("admin:audiences_contact_changelist") + f"?account__id__exact={account.pk}"
    assert "Person 20" in lead_client.get(everybody).text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"account": "9" * 24}, "account"),
        (
            {"feedback_consent_at_0": "0001-01-01", "feedback_consent_at_1": "00:00"},
            "feedback_consent_at",
        ),
        ({"paused_until_0": "9999-12-31", "paused_until_1": "23:59"}, "paused_until"),
    ],
)
def test_what_is_out_of_every_range_is_refused_at_its_field(
    lead_client: Client, typed: dict[str, str], field: str
) -> None:
    page = lead_client.post(
        reverse("admin:audiences_contact_add"), contact_form(email="cy@example.com", **typed)
    )

    assert list(page.context["adminform"].form.errors) == [field]


@pytest.mark.parametrize("chosen", ["abc", "9" * 24, "--1"])
def test_a_list_action_passes_over_what_can_be_no_row(lead_client: Client, chosen: str) -> None:
    page = lead_client.post(
        reverse("admin:audiences_contact_changelist"),
        {"action": "erase_many", "_selected_action": chosen},
        follow=True,
    )

    assert page.status_code == 200
    assert "must be selected" in page.content.decode()


def test_a_filter_by_a_number_out_of_range_finds_nobody(lead_client: Client, ana: Contact) -> None:
    page = lead_client.get(
        reverse("admin:audiences_contact_changelist"), {"account__id__exact": "9" * 24}
    )

    assert list(page.context["cl"].result_list) == []


def test_a_suppression_that_stands_is_not_added_again(
    lead_client: Client, suppression: Suppression
) -> None:
    page = lead_client.post(
        reverse("admin:audiences_suppression_add"),
        {
            "channel": "email",
            "address": "OTTO@example.net",
            "reason": suppression.reason,
            "note": "He told us again.",
        },
    )

    assert "suppressed for this reason already" in page.content.decode()
    assert Suppression.objects.filter(channel="email").count() == 1


def test_a_suppression_that_was_lifted_may_be_added_again(
    lead_client: Client, lead: User, suppression: Suppression
) -> None:
    lead_client.post(
        reverse("admin:audiences_suppression_lift", args=[suppression.pk]), {"reason": "He asked."}
    )

    page = lead_client.post(
        reverse("admin:audiences_suppression_add"),
        {"channel": "email", "address": "otto@example.net", "reason": suppression.reason},
    )

    assert page.status_code == 302
    assert Suppression.objects.active().filter(channel="email").count() == 1


def test_an_account_names_its_people_to_who_may_see_contacts(client: Client, bo: Contact) -> None:
    account = Account.objects.create(name="Hafental")
    Contact.objects.filter(pk=bo.pk).update(account=account)
    clerk: User = UserFactory(is_staff=True)
    page = reverse("admin:audiences_account_change", args=[account.pk])

    shown = {}
    for right in ("view_account", "view_contact"):
        clerk.user_permissions.add(Permission.objects.get(codename=right))
        client.force_login(clerk)
        shown[right] = bo.name in client.get(page).content.decode()

    assert shown == {"view_account": False, "view_contact": True}
