"""Whoever has said nothing of their own hears in their account's language, on every page."""

import pytest
from django.test import Client
from django.urls import reverse

from audiences.models import Contact, Segment
from messaging.admin import look_words
from tests.admin.desk import page
from tests.factories import AccountFactory


@pytest.fixture
def bo(bo: Contact) -> Contact:
    bo.language, bo.account = "", AccountFactory(language="de")
    bo.save()
    return bo


def test_the_list_of_readers_names_it(lead_client: Client, draft, plan, bo: Contact) -> None:
    step = plan.steps.get(name="First notice")

    words = lead_client.get(page("readers", draft, step.pk)).content.decode()

    row = words.partition("Bo Larsen")[2].partition("</tr>")[0]
    assert "German" in row


def test_they_count_among_its_readers(customers: Segment, bo: Contact) -> None:
    email, sms = look_words._about_segment(customers)

    assert email == "Shop customers · E-mail · public: German 2"
    assert sms == "Shop customers · SMS · public: German 1"


@pytest.mark.parametrize(("language", "found"), [("de", True), ("en", False)])
def test_a_list_of_its_readers_has_them(
    lead_client: Client, bo: Contact, language: str, found: bool
) -> None:
    address = reverse("admin:audiences_contact_changelist")

    shown = lead_client.get(f"{address}?language={language}").context["cl"].result_list

    assert (bo in shown) is found


def test_who_is_merged_is_seen_to_have_none_of_their_own(
    lead_client: Client, ana: Contact, bo: Contact
) -> None:
    address = reverse("admin:audiences_contact_merge", args=[ana.pk])

    form = lead_client.get(f"{address}?with={bo.pk}").context["form"]

    assert form.fields["language"].choices == [
        ("this", "German"),
        ("other", "not set: German applies"),
    ]
