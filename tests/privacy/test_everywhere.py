"""Whoever is erased goes from every text of every table, and nobody else goes with them."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from audiences.models import Contact, ContactImport, Segment, SupportWay
from audiences.services import erasure, import_files, imports, uploads
from incidents.models import Incident
from tests.factories import (
    NOON,
    AccountFactory,
    ComponentFactory,
    ContactFactory,
    IncidentFactory,
    SegmentFactory,
)
from tests.privacy import planting
from tests.privacy.conftest import MAIL, NAME, NUMBER
from tests.privacy.dump import places

IDN = "zora@xn--exmple-firma-hcb.de"
PARTS = (NAME, MAIL, NUMBER, NUMBER.removeprefix("+49"))


def erase(contact: Contact) -> None:
    erasure.erase(contact=contact, by=None, now=NOON)


def effect(text: str) -> Incident:
    incident: Incident = IncidentFactory(effect={"en": text})
    return incident


def after(incident: Incident) -> str:
    incident.refresh_from_db()
    return str(incident.effect["en"])


def test_no_column_of_any_table_is_forgotten(zoe: Contact, lead: User) -> None:
    planted = planting.plant(NAME, MAIL, NUMBER)
    found = set(places(*PARTS))

    erase(zoe)

    assert len(planted) > 60
    assert planted <= found
    assert places(*PARTS) == []


@pytest.mark.parametrize(
    "text",
    [
        "Zoë Kümmerling",
        "ZOË  KÜMMERLING",
        "Zoe\u0308 Ku\u0308mmerling",
        "Kümmerling, Zoë",
        "kümmerling zoë",
        f"<{MAIL.upper()}>",
        "0171 39200017",
        "0171/392 000-17",
        "+49 (0) 171 39200017",
        "0049 171 392 000 17",
        "(0171) 39200017",
        "4917139200017",
        "17139200017",
        "0171\u00a039200017",
        "0171\u202f392\u202f00017",
        "0171\u2011392\u201100017",
        "0171'392'00'017",
        "_+4917139200017_",
        "_Zoë Kümmerling_",
        "Zoë&nbsp;Kümmerling",
        f"_{MAIL}_",
        f"**{MAIL}**",
        MAIL.replace("@", "%40"),
    ],
)
def test_they_are_found_however_they_are_spelled(zoe: Contact, text: str) -> None:
    incident = effect(f"We called {text}, twice.")

    erase(zoe)

    left = re.sub(r"[<_*]+\[erased\][>_*]+", "[erased]", after(incident))
    assert left == "We called [erased], twice."


@pytest.mark.parametrize(
    "text",
    [
        "Zoë",
        "Zoë Kümmerlings",
        f"a.{MAIL}",
        f"{MAIL}.au",
        "0171 392000170",
        "1171 39200017 2",
    ],
)
def test_who_is_spelled_alike_is_left_alone(zoe: Contact, text: str) -> None:
    incident = effect(f"We called {text} twice.")

    erase(zoe)

    assert after(incident) == f"We called {text} twice."


@pytest.mark.slow(reason="looks through every column of texts that there is")
@pytest.mark.parametrize(
    "text",
    [
        "Anna & Bernd O’Hara-Kühn",
        "Anna &amp; Bernd O&#x27;Hara-Kühn",
        "ANNA & BERND O'HARA\u2011KÜHN",
    ],
)
def test_a_name_is_found_as_a_word_processor_or_a_page_writes_it(db: None, text: str) -> None:
    anna = ContactFactory(name="Anna & Bernd O'Hara-Kühn", email="anna@example.com")
    incident = effect(f"We called {text}.")

    erase(anna)

    assert after(incident) == "We called [erased]."


def test_a_number_is_found_in_whatever_type_json_has_for_it(zoe: Contact) -> None:
    other = ContactFactory(
        attributes={"a": 4917139200017, "b": 4917139200017.0, "c": "0171\u00a039200017", "d": 1.5}
    )

    erase(zoe)

    other.refresh_from_db()
    assert other.attributes == {**dict.fromkeys("abc", "[erased]"), "d": 1.5}


@pytest.mark.parametrize("address", ["+49 171 39200017", MAIL.upper(), f"mailto:{MAIL}"])
def test_our_own_ways_to_be_reached_are_left_alone(zoe: Contact, address: str) -> None:
    way = SupportWay.objects.create(name={"en": "Ask"}, address=address)
    incident = effect(f"Call {address}. {NAME} knows.")

    erase(zoe)

    way.refresh_from_db()
    assert way.address == address
    assert after(incident) == f"Call {address}. [erased] knows."


def test_addresses_of_our_staff_and_of_our_mail_are_left_alone(
    zoe: Contact, lead: User, settings: Settings
) -> None:
    settings.DEFAULT_FROM_EMAIL = f"Klartext <{MAIL}>"
    User.objects.update(email="lea@example.com")
    lea = ContactFactory(name="Lea Lang", email="Lea@example.com".lower())
    incident = effect(f"Write to {MAIL} or lea@example.com.")

    erase(zoe)
    erase(lea)

    assert after(incident) == f"Write to {MAIL} or lea@example.com."


@pytest.mark.parametrize("text", ["Kümmerling, Zoë", "ZOË KÜMMERLING"])
def test_who_is_called_the_same_the_other_way_round_stays(zoe: Contact, text: str) -> None:
    ContactFactory(name=text)
    incident = effect(f"{NAME} will call back.")

    erase(zoe)

    assert after(incident) == f"{NAME} will call back."


def test_what_we_call_something_ourselves_is_nobodys_name(db: None) -> None:
    mailbox = ContactFactory(name="Label Station", email="labels@example.com")
    ComponentFactory(name="label station")
    incident = effect("The Label Station works again.")

    erase(mailbox)

    assert after(incident) == "The Label Station works again."


def test_an_address_is_found_with_the_letters_of_its_domain(db: None) -> None:
    zora = ContactFactory(name="Zora Beispiel", email=IDN)
    planting.plant("Zora Beispiel", "zora@exämple-firma.de", NUMBER)
    words = ("Zora Beispiel", IDN, "zora@exämple-firma.de", "ZORA@EXÄMPLE-FIRMA.DE")
    assert places(*words)

    erase(zora)

    assert places(*words) == []


def test_a_first_name_alone_takes_nothing_of_others_away(db: None) -> None:
    max_ = ContactFactory(name="Max", email="max@example.org")
    other = ContactFactory(name="Max", attributes={"assistant": "Max"})
    incident = effect("Max. 20 users are affected. Ask Max or max@example.org.")

    erase(max_)

    other.refresh_from_db()
    assert (other.name, other.attributes) == ("Max", {"assistant": "Max"})
    assert after(incident) == "Max. 20 users are affected. Ask Max or [erased]."


@pytest.mark.parametrize("who", ["contact", "colleague", "company", "mailbox"])
def test_a_name_that_others_bear_stays_theirs(zoe: Contact, lead: User, who: str) -> None:
    match who:
        case "contact":
            ContactFactory(name=NAME.lower())
        case "colleague":
            User.objects.update(first_name="Zoë", last_name="Kümmerling")
        case "company":
            AccountFactory(name=NAME)
        case "mailbox":
            Contact.objects.update(is_shared=True)
    incident = effect(f"{NAME} ({MAIL}) will call back.")

    erase(zoe)

    assert after(incident) == f"{NAME} ([erased]) will call back."


def test_others_keep_what_they_are_called(zoe: Contact) -> None:
    longer = ContactFactory(name=f"{NAME}-Frost")
    firm = AccountFactory(name=f"{NAME} GmbH")

    erase(zoe)

    longer.refresh_from_db()
    firm.refresh_from_db()
    assert (longer.name, firm.name) == (f"{NAME}-Frost", f"{NAME} GmbH")


def test_rules_name_nobody_any_more_and_still_work(zoe: Contact) -> None:
    rule = {"any": [{"field": "attributes.vip", "one_of": [MAIL, "bo@example.org"]}]}
    segment = SegmentFactory(rule=rule, description={"en": f"All but {NAME}"})

    erase(zoe)

    segment.refresh_from_db()
    segment.full_clean()
    assert Segment.objects.get().description == {"en": "All but [erased]"}
    assert "[erased]" in str(segment.rule)


FILE = f"""Name;E-Mail;Mobil;Vertretung
{NAME};{MAIL.upper()};;Bo
Bo Zimt;bo@example.org;0171/392 000-18;Kümmerling, Zoë (0171/392 000-17)
Kim Zimt;;0171 / 392000-17;
"""


@pytest.fixture
def waiting(db: None, tmp_path: Path) -> ContactImport:
    source = tmp_path / "people.csv"
    source.write_text(FILE)
    return uploads.take(source=source, name="people.csv", terms=uploads.Terms(), by=None, now=NOON)


@pytest.mark.parametrize("is_looked_at", [False, True])
def test_files_that_wait_to_be_imported_forget_them_too(
    zoe: Contact, waiting: ContactImport, is_looked_at: bool
) -> None:
    if is_looked_at:
        imports.look(contact_import=waiting, now=NOON)
    before = (import_files.folder() / waiting.file).read_bytes().lower()

    erase(zoe)

    kept = (import_files.folder() / waiting.file).read_bytes().lower()
    for words in (MAIL, "kümmerling", "392 000-17", "392000-17"):
        assert words.encode() in before
        assert words.encode() not in kept
    assert places(*PARTS) == []
    assert b"bo@example.org" in kept


def test_an_import_goes_on_without_them(zoe: Contact, waiting: ContactImport) -> None:
    imports.look(contact_import=waiting, now=NOON)
    erase(zoe)

    waiting.refresh_from_db()
    imports.start(contact_import=waiting, by=None)
    imports._go_through(waiting, NOON)

    assert list(Contact.objects.values_list("name", flat=True)) == ["Bo Zimt"]
    assert Contact.objects.get().attributes == {"vertretung": "[erased] [erased])"}
