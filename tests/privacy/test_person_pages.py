"""What a manager does for somebody who asks: hand out data, erase, look what was sent."""

import html
import json
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from audiences.models import Contact, SupportWay, Suppression
from audiences.services import personal_data
from messaging.models import Delivery
from tests.factories import (
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    IncidentFactory,
    SegmentFactory,
    UserFactory,
)
from tests.privacy.conftest import MAIL, NAME, NETWORK, NUMBER, Known


def page(name: str, contact: Contact) -> str:
    return reverse(f"admin:audiences_contact_{name}", args=[contact.pk])


def test_their_data_says_everything_in_their_language(known: Known) -> None:
    data = json.loads(personal_data.as_json(contact=known.contact))

    first = next(one for one in data["messages"] if one["state"] == "delivered")
    assert data["contact"]["email"] == MAIL
    assert data["account"]["name"] == "Kontor GmbH"
    assert data["subscriptions"][0]["segment"] == "Shop customers"
    assert data["consents"][0]["kind"] == "given"
    assert data["suppressions"][0]["reason"] == "stop"
    assert {one["address"] for one in data["sign_ups"]} == {MAIL, NUMBER}
    assert data["sign_ups"][0]["network_address"] == NETWORK
    assert first["subject"] == "Anmeldung verzögert"
    assert first["text"].startswith(f"Guten Tag {NAME},") or NAME in first["text"]
    assert first["events"][0]["raw"]["Recipient"] == MAIL
    assert NUMBER in data["feedback"][0]["answers"][1]["answer"]
    assert len(data["messages"]) == 4


def test_a_link_that_acts_for_its_reader_is_not_in_the_file(known: Known) -> None:
    data = personal_data.as_json(contact=known.contact)

    assert "merge.invalid" not in data
    assert "/u/" not in data


def test_the_file_comes_on_post_and_is_noted(lead_client: Client, known: Known) -> None:
    asked = lead_client.get(page("person_data", known.contact))
    given = lead_client.post(page("person_data", known.contact))

    assert asked.status_code == 200
    assert json.loads(given.content)["contact"]["name"] == NAME
    assert "attachment" in given["Content-Disposition"]
    assert LogEntry.objects.filter(change_message__contains="Handed out").count() == 1


def test_erasing_asks_for_the_address_to_be_typed(lead_client: Client, known: Known) -> None:
    wrong = lead_client.post(page("erase", known.contact), {"typed": "yes"})
    is_there = Contact.objects.filter(pk=known.contact.pk).exists()
    right = lead_client.post(page("erase", known.contact), {"typed": MAIL.upper()})

    assert "nothing was erased" in wrong.content.decode()
    assert is_there
    assert right.status_code == 302
    assert not Contact.objects.filter(pk=known.contact.pk).exists()


@pytest.mark.parametrize("name", ["erase", "delete"])
def test_only_who_may_erase_does(name: str, known: Known) -> None:
    clerk = UserFactory(username="clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="change_contact"))
    client = Client()
    client.force_login(clerk)

    assert client.post(page(name, known.contact), {"typed": MAIL}).status_code == 403


def test_a_contact_is_erased_and_never_just_deleted(lead_client: Client, known: Known) -> None:
    assert lead_client.post(page("delete", known.contact), {"post": "yes"}).status_code == 403


def test_the_page_shows_what_was_sent_as_it_was_read(lead_client: Client, known: Known) -> None:
    words = lead_client.get(page("change", known.contact)).content.decode()

    assert "Anmeldung verzögert" in words
    assert "Wir sind dran." in words
    assert "xMERGE" not in words
    assert "Call me" in words


def test_the_page_leads_to_lifting_what_stands_against_them(
    lead_client: Client, known: Known
) -> None:
    stop = Suppression.objects.get(channel="sms", address=NUMBER)

    words = lead_client.get(page("change", known.contact)).content.decode()

    assert reverse("admin:audiences_suppression_lift", args=[stop.pk]) in words


def test_many_messages_come_in_pages_newest_first(
    lead_client: Client, zoe: Contact, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(25):
        DeliveryFactory(contact=zoe, broadcast=BroadcastFactory(title=f"Number {number:02}."))
    lead_client.get(page("change", zoe))

    with django_assert_max_num_queries(22):
        first = lead_client.get(page("change", zoe)).content.decode()
    second = lead_client.get(page("change", zoe), {"sent": "2"}).content.decode()

    assert first.index("Number 24.") < first.index("Number 05.")
    assert "Number 04." not in first
    assert "Number 04." in second
    assert "Older messages" in first
    assert "Older messages" not in second


def test_a_staff_form_does_not_take_up_an_erased_address(lead_client: Client, known: Known) -> None:
    lead_client.post(page("erase", known.contact), {"typed": MAIL})

    answer = lead_client.post(
        reverse("admin:audiences_contact_add"), {"name": "Zoë", "email": MAIL, "language": "de"}
    )

    assert "asked to be erased" in answer.context["adminform"].form.errors["email"][0]


def test_commands_find_the_person_by_any_spelling(
    known: Known, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("person_data", "0171 39200017")
    data = json.loads(capsys.readouterr().out)
    call_command("erase_person", MAIL.upper(), "--yes")

    assert data["contact"]["email"] == MAIL
    assert not Contact.objects.filter(email=MAIL).exists()


def test_commands_ask_who_is_meant_where_several_share_a_number(known: Known) -> None:
    ContactFactory(phone=NUMBER)

    with pytest.raises(CommandError, match=f"--contact {known.contact.pk}"):
        call_command("erase_person", NUMBER, "--yes")
    with pytest.raises(CommandError, match="no such contact"):
        call_command("erase_person", "nobody@example.com", "--yes")


def test_the_command_erases_only_what_is_confirmed(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: "no")

    with pytest.raises(CommandError, match="nothing was erased"):
        call_command("erase_person", MAIL)

    assert Contact.objects.filter(pk=known.contact.pk).exists()


def test_the_command_names_what_to_say_where_nobody_can_be_asked(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO())

    with pytest.raises(CommandError, match="--yes"):
        call_command("erase_person", MAIL)

    assert Contact.objects.filter(pk=known.contact.pk).exists()


def test_the_command_erases_what_is_left_of_an_address(known: Known, lead: User) -> None:
    with pytest.raises(CommandError, match="leave --no-contact out"):
        call_command("erase_person", MAIL, "--no-contact", "--yes")
    known.contact.delete()
    call_command("erase_person", MAIL, "--no-contact", "--yes")

    assert not Delivery.objects.filter(address=MAIL).exists()


@pytest.mark.parametrize("typed", ["ana@bäckerei.example", "ANA@xn--bckerei-5wa.example"])
def test_an_address_may_be_typed_with_its_letters(lead_client: Client, typed: str) -> None:
    contact = ContactFactory(email="ana@xn--bckerei-5wa.example")

    asked = lead_client.get(page("erase", contact)).content.decode()
    lead_client.post(page("erase", contact), {"typed": typed})

    assert "type ana@bäckerei.example" in asked
    assert not Contact.objects.filter(pk=contact.pk).exists()


def test_before_it_the_page_says_whose_texts_will_change(lead_client: Client, known: Known) -> None:
    IncidentFactory(title={"en": f"{NAME} reports an outage"})
    SegmentFactory(name=f"Friends of {MAIL}")
    SupportWay.objects.create(name={"en": "Ask"}, address=NUMBER)

    shown = html.unescape(lead_client.get(page("erase", known.contact)).content.decode())

    assert f"Incidents: {NAME} reports an outage" in shown
    assert f"Segments: Friends of {MAIL}" in shown
    assert "Ways to reach support: " not in shown
    assert f"{NUMBER} is an address of our own" in shown
    assert "Contacts: " not in shown
    assert "published updates too" in shown


def test_before_it_the_page_says_that_no_text_will_change(lead_client: Client) -> None:
    shown = lead_client.get(page("erase", ContactFactory())).content.decode()

    assert "none will change" in shown
