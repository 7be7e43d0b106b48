"""Whoever had another address before is forgotten under that one, too."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from audiences.models import Contact, Subscription, Suppression
from audiences.services import (
    erased,
    erasure,
    import_turns,
    imports,
    lookup,
    merging,
    personal_data,
    suppressions,
    uploads,
)
from tests.factories import NOON, ContactFactory, DeliveryFactory, SubscriptionFactory
from tests.pages import form_on
from tests.privacy.dump import places

pytestmark = pytest.mark.slow(reason="every erasure searches all tables there are")
OLD_MAIL, OLD_NUMBER, OLD_NAME = "walter@old.example", "+4915123459911", "Walter Wechsel"
NEW_MAIL, NEW_NUMBER, NEW_NAME = "walter@new.example", "+4915123459922", "Walter Bleibt"
WORDS = (OLD_MAIL, OLD_NUMBER, "0151 23459911", NEW_MAIL, NEW_NUMBER)


@pytest.fixture
def walter(db: None) -> Contact:
    """Somebody whose mail bounced and who stopped our texts; others have written about them."""
    walter: Contact = ContactFactory(name=OLD_NAME, email=OLD_MAIL, phone=OLD_NUMBER, language="en")
    suppressions.suppress(channel="email", address=OLD_MAIL, reason="hard_bounce", now=NOON)
    suppressions.suppress(channel="sms", address=OLD_NUMBER, reason="stop", now=NOON)
    DeliveryFactory(contact=walter, address=OLD_MAIL)
    words = f"mail from {OLD_MAIL}, tel 0151 23459911, signed {OLD_NAME}"
    SubscriptionFactory(evidence=words)
    return walter


def correct(client: Client, contact: Contact, **changes: str) -> None:
    page = reverse("admin:audiences_contact_change", args=[contact.pk])
    form = form_on(client.get(page).content.decode())
    answer = client.post(page, form | {name: [value] for name, value in changes.items()})
    assert answer.status_code == 302


def take_in(folder: Path, words: str) -> None:
    path = folder / "people.csv"
    path.write_text(words)
    one = uploads.take(source=path, name=path.name, terms=uploads.Terms(), by=None, now=NOON)
    imports.look(contact_import=one, now=NOON)
    imports.start(contact_import=one, by=None)
    import_turns.carry_on(pk=one.pk, now=NOON)


def is_known(channel: str, address: str) -> bool:
    return erased.is_erased(channel=channel, address=address)


def test_what_staff_corrected_is_forgotten_with_the_person(
    lead_client: Client, walter: Contact, lead: User
) -> None:
    correct(lead_client, walter, email="walter@between.example")
    correct(lead_client, walter, email=NEW_MAIL, phone=NEW_NUMBER)
    before = places(*WORDS)

    erasure.erase(contact=walter, by=lead, now=NOON)

    assert "audiences_suppression.address" in before
    assert places(*WORDS, "walter@between.example") == []
    for mail in (OLD_MAIL, "walter@between.example", NEW_MAIL):
        assert is_known("email", mail)
    assert is_known("sms", OLD_NUMBER)
    assert is_known("sms", NEW_NUMBER)


def test_what_a_file_corrected_is_forgotten_too(
    tmp_path: Path, walter: Contact, lead: User
) -> None:
    take_in(tmp_path, f"email,phone\n{OLD_MAIL},{NEW_NUMBER}\n")
    walter.refresh_from_db()
    assert walter.phone == NEW_NUMBER

    erasure.erase(contact=walter, by=lead, now=NOON)

    assert places(*WORDS) == []
    assert is_known("sms", OLD_NUMBER)


def test_an_address_taken_away_for_good_is_forgotten_too(
    lead_client: Client, walter: Contact, lead: User
) -> None:
    correct(lead_client, walter, phone="")

    erasure.erase(contact=walter, by=lead, now=NOON)

    assert places(*WORDS) == []


def test_an_old_file_does_not_take_up_again_who_was_erased(
    lead_client: Client, tmp_path: Path, walter: Contact, lead: User
) -> None:
    correct(lead_client, walter, email=NEW_MAIL, phone=NEW_NUMBER)
    erasure.erase(contact=walter, by=lead, now=NOON)

    take_in(tmp_path, f"email,phone\n{OLD_MAIL},\n,{OLD_NUMBER}\nnew@example.com,\n")

    assert Contact.objects.filter(email="new@example.com").exists()
    assert not Contact.objects.filter(email=OLD_MAIL).exists()
    assert not Contact.objects.filter(phone=OLD_NUMBER).exists()


def test_an_earlier_address_that_is_somebody_elses_now_stays_theirs(
    lead_client: Client, walter: Contact, lead: User
) -> None:
    correct(lead_client, walter, phone=NEW_NUMBER)
    ContactFactory(phone=OLD_NUMBER)

    erasure.erase(contact=walter, by=lead, now=NOON)

    assert not is_known("sms", OLD_NUMBER)
    assert Suppression.objects.filter(address=OLD_NUMBER).exists()


def test_what_is_moved_by_a_merge_later_is_not_lost(
    lead_client: Client, walter: Contact, bo: Contact, lead: User
) -> None:
    correct(lead_client, walter, email=NEW_MAIL)
    merging.merge(keep=bo, gone=walter, from_gone=[], by=lead, now=NOON)

    erasure.erase(contact=bo, by=lead, now=NOON)

    assert is_known("email", OLD_MAIL)
    assert is_known("email", NEW_MAIL)


def test_an_earlier_name_is_looked_for_where_others_wrote_it(
    lead_client: Client, walter: Contact, lead: User
) -> None:
    correct(lead_client, walter, name=NEW_NAME)

    erasure.erase(contact=walter, by=lead, now=NOON)

    assert (
        Subscription.objects.get().evidence == "mail from [erased], tel [erased], signed [erased]"
    )


def test_an_earlier_name_in_a_file_is_remembered_once(
    tmp_path: Path, walter: Contact, lead: User
) -> None:
    for name in (NEW_NAME, OLD_NAME, NEW_NAME, "W"):
        take_in(tmp_path, f"email,name\n{OLD_MAIL},{name}\n")
    names = sorted(walter.aliases.values_list("name", flat=True))

    erasure.erase(contact=walter, by=lead, now=NOON)

    assert names == [NEW_NAME, OLD_NAME]
    assert places(OLD_NAME, NEW_NAME) == []


def test_a_command_finds_the_person_by_an_earlier_address(
    lead_client: Client, walter: Contact
) -> None:
    correct(lead_client, walter, email=NEW_MAIL)

    with pytest.raises(CommandError, match="leave --no-contact out"):
        call_command("erase_person", OLD_MAIL, "--no-contact", "--yes")
    call_command("erase_person", OLD_MAIL, "--yes")

    assert not Contact.objects.filter(pk=walter.pk).exists()
    assert is_known("email", NEW_MAIL)


def test_who_has_an_address_now_is_found_before_who_had_it(
    lead_client: Client, walter: Contact
) -> None:
    correct(lead_client, walter, email=NEW_MAIL)
    other = ContactFactory(email=OLD_MAIL)

    assert list(lookup.by_address(OLD_MAIL)) == [other]


def test_their_data_says_what_stands_against_an_earlier_address(
    lead_client: Client, walter: Contact
) -> None:
    correct(lead_client, walter, email=NEW_MAIL, phone=NEW_NUMBER)
    walter.refresh_from_db()

    shown = personal_data.collected(contact=walter)

    # A STOP holds at the new number, too; what bounced does not.
    against = {row["address"] for row in shown["suppressions"]}
    assert against == {OLD_MAIL, OLD_NUMBER, NEW_NUMBER}
