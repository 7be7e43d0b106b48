"""What somebody has refused holds against every file, whoever has the address by now."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from audiences.models import Contact, ContactAlias, Segment, Subscription
from audiences.services import imports, merging, subscriptions
from audiences.services.consents import Proof
from audiences.services.intake.report import Report
from tests.factories import NOON, ContactFactory, SegmentFactory, SubscriptionFactory
from tests.pages import form_on

pytestmark = pytest.mark.django_db
Run = Callable[..., Report]
NUMBER = "+4915123450077"


@pytest.fixture
def customers() -> Segment:
    return SegmentFactory(slug="customers", name="Customers")


@pytest.fixture
def run(tmp_path: Path, customers: Segment) -> Run:
    """Rehearses, imports, and compares what was foreseen with what came of it."""

    def _run(content: str, **options: object) -> Report:
        file = tmp_path / "customers.csv"
        file.write_text(content)
        asked = {"segment": "customers", "consent_text": "Contract."} | options
        foreseen = imports.run(job=imports.Job(file=file, dry_run=True, **asked), now=NOON)
        done = imports.run(job=imports.Job(file=file, **asked), now=NOON)
        assert foreseen.counts == done.counts
        # What is said of columns, and of no row, is said beforehand only.
        assert {note: rows for note, rows in foreseen.notes.items() if rows} == done.notes
        return done

    return _run


def states(contact: Contact) -> dict[str, str]:
    return dict(contact.subscriptions.values_list("channel", "state"))


@pytest.fixture
def merged(customers: Segment, lead: User) -> Contact:
    """Two who were one, of whom one had left the list."""
    gone = ContactFactory(email="qq.a@example.com", phone="+4915123450001", name="Q A")
    kept = ContactFactory(email="qq.b@example.com", phone="+4915123450002", name="Q B")
    SubscriptionFactory(contact=gone, segment=customers, state="unsubscribed", source="link")
    SubscriptionFactory(contact=kept, segment=customers)
    merging.merge(keep=kept, gone=gone, from_gone=["phone"], by=lead, now=NOON)
    return Contact.objects.get()


def test_a_merged_twin_does_not_come_back(run: Run, merged: Contact) -> None:
    before = Contact.objects.values().get()

    report = run("email,name,phone\nqq.a@example.com,Q A,+4915123450099\nqq.b@example.com,Q B,\n")

    assert Contact.objects.values().get() == before
    assert (report.counts.created, report.counts.updated, report.counts.unchanged) == (0, 0, 2)
    assert (report.counts.subscribed, report.counts.stay_unsubscribed) == (0, 1)
    assert states(merged) == {"email": "unsubscribed"}
    (warning,) = report.warnings
    assert (warning.line, report.counts.warned) == (2, 1)
    assert "before somebody moved or was merged" in warning.reason


def test_an_old_file_speaks_for_nobody_at_their_new_address(run: Run, customers: Segment) -> None:
    ana = ContactFactory(email="ana.new@example.com", phone="")
    ContactAlias.objects.create(contact=ana, email="ana.old@example.com")
    SubscriptionFactory(contact=ana, segment=customers, state="unconfirmed")

    report = run("email\nana.old@example.com\n")

    assert states(ana) == {"email": "unconfirmed"}
    assert (report.counts.subscribed, report.counts.unchanged) == (0, 1)
    assert not ana.consents.exists()


def test_who_was_known_by_a_number_and_got_a_mailbox_is_no_second_person(
    run: Run, lead_client: Client
) -> None:
    pia = ContactFactory(email="", phone=NUMBER)
    page = reverse("admin:audiences_contact_change", args=[pia.pk])
    form = form_on(lead_client.get(page).content.decode())
    assert lead_client.post(page, form | {"email": ["pia@example.com"]}).status_code == 302

    report = run(
        f"email,phone,name,city\n,{NUMBER},,Kiel\npia@example.com,,Pia,\n", channels=("sms",)
    )

    # The number is hers as before: what stands beside it is about her.
    pia.refresh_from_db()
    assert (pia.email, pia.name, pia.attributes) == ("pia@example.com", "Pia", {"city": "Kiel"})
    assert states(pia) == {"sms": "confirmed"}
    assert (report.counts.updated, report.counts.duplicates) == (1, 1)


@pytest.mark.parametrize("taken", [[], ["phone"]])
def test_nor_does_one_known_by_a_number_alone(
    run: Run, customers: Segment, lead: User, taken: list[str]
) -> None:
    gone = ContactFactory(email="", phone=NUMBER)
    kept = ContactFactory(email="kept@example.com", phone="+4915123450002")
    merging.merge(keep=kept, gone=gone, from_gone=taken, by=lead, now=NOON)

    run(f"phone,name\n{NUMBER},Somebody\n")

    assert Contact.objects.get().email == "kept@example.com"


def test_a_number_that_somebody_gave_up_may_be_anothers(run: Run) -> None:
    moved = ContactFactory(email="moved@example.com", phone="+4915123450002")
    ContactAlias.objects.create(contact=moved, email="moved@example.com", phone=NUMBER)

    report = run(f"phone,name\n{NUMBER},Somebody\n")

    assert report.counts.created == 1


def test_a_number_that_has_left_is_not_texted_again_under_another_name(
    run: Run, customers: Segment
) -> None:
    left = ContactFactory(email="", phone=NUMBER)
    SubscriptionFactory(
        contact=left, segment=customers, channel="sms", state="unsubscribed", source="link"
    )

    report = run(f"name,email,phone\nPia,pia@example.com,{NUMBER}\n", channels=("email", "sms"))

    pia = Contact.objects.get(email="pia@example.com")
    assert states(pia) == {"email": "confirmed"}
    assert (report.counts.subscribed, report.counts.stay_unsubscribed) == (1, 1)


def test_an_address_given_up_keeps_its_no(run: Run, customers: Segment) -> None:
    moved = ContactFactory(email="moved@example.com", phone="+4915123450002")
    SubscriptionFactory(contact=moved, segment=customers, channel="sms", state="unsubscribed")
    ContactAlias.objects.create(contact=moved, email="moved@example.com", phone=NUMBER)

    run(f"email,phone\nnew@example.com,{NUMBER}\n", channels=("sms",))

    assert states(Contact.objects.get(email="new@example.com")) == {}


def test_a_number_from_a_file_has_agreed_to_nothing(run: Run, customers: Segment) -> None:
    ana = ContactFactory(email="ana@example.com", phone="+4915123450001")
    for channel in ("email", "sms"):
        SubscriptionFactory(contact=ana, segment=customers, channel=channel)
    file = f"email,phone\nana@example.com,{NUMBER}\n"

    report = run(file, segment="", consent_text="")

    (warning,) = report.warnings
    assert (warning.line, "agreed to at the one before" in warning.reason) == (2, True)

    assert states(ana) == {"email": "confirmed", "sms": "unconfirmed"}
    event = ana.consents.get()
    assert (event.kind, event.source, event.segment) == ("requested", "import", customers)
    assert event.address == "+49…077"
    assert "The address has changed" in event.evidence
    assert ContactAlias.objects.get().phone == "+4915123450001"

    run(file, channels=("sms",))

    assert states(ana)["sms"] == "confirmed"
    assert ana.consents.order_by("pk").last().evidence.startswith("Contract. Imported from")


def test_a_file_with_a_consent_gives_it_for_the_number_it_brings(
    run: Run, customers: Segment
) -> None:
    ana = ContactFactory(email="ana@example.com", phone="+4915123450001")
    SubscriptionFactory(contact=ana, segment=customers, channel="sms")

    report = run(f"email,phone\nana@example.com,{NUMBER}\n", channels=("sms",))

    assert report.counts.subscribed == 1
    assert states(ana) == {"sms": "confirmed"}
    assert [event.kind for event in ana.consents.order_by("pk")] == ["requested", "given"]


def test_a_number_that_its_owner_has_confirmed_is_no_files_to_change(
    run: Run, customers: Segment
) -> None:
    ana = ContactFactory(email="ana@example.com", phone="+4915123450001")
    own = Proof(source="self", evidence="Confirmed by text")
    subscriptions.join(contact=ana, segments=[customers], channel="sms", proof=own, now=NOON)
    before = Contact.objects.values().get()

    report = run(f"email,phone\nana@example.com,{NUMBER}\n", channels=("email", "sms"))

    assert Contact.objects.values().get() == before
    assert states(ana) == {"email": "confirmed", "sms": "confirmed"}
    assert ana.subscriptions.get(channel="sms").source == "self"
    assert (report.counts.unchanged, report.counts.subscribed) == (1, 1)
    (warning,) = report.warnings
    assert (warning.line, "confirmed their number themselves" in warning.reason) == (2, True)


def test_a_number_that_somebody_left_changes_nothing_and_gets_no_texts(
    run: Run, customers: Segment
) -> None:
    ana = ContactFactory(email="ana@example.com", phone="+4915123450001")
    ContactAlias.objects.create(contact=ana, email=ana.email, phone=NUMBER)
    SubscriptionFactory(contact=ana, segment=customers, channel="sms", state="unconfirmed")

    report = run(f"email,phone,city\nana@example.com,{NUMBER},Kiel\n", channels=("sms",))

    ana.refresh_from_db()
    assert (ana.phone, ana.attributes) == ("+4915123450001", {"city": "Kiel"})
    assert states(ana) == {"sms": "unconfirmed"}
    assert report.counts.subscribed == 0
    (warning,) = report.warnings
    assert (warning.line, "had before" in warning.reason) == (2, True)


def test_the_language_somebody_chose_stays(run: Run) -> None:
    own = ContactFactory(email="ana@example.com", language="en", is_locale_own=True)
    other = ContactFactory(email="bo@example.org", language="en")

    report = run(
        "email,language,timezone\n"
        "ana@example.com,de,Europe/Berlin\nbo@example.org,de,Europe/Berlin\n"
    )

    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.language, own.time_zone) == ("en", "")
    assert (other.language, other.time_zone) == ("de", "Europe/Berlin")
    assert report.counts.unchanged == 1


def test_only_numbers_that_get_texts_are_subscribed_to_them(run: Run) -> None:
    report = run(
        f"email,phone\na@example.com,+499001234567\nb@example.com,+4930123456\nc@example.com,{NUMBER}\n",
        channels=("sms",),
    )

    assert Subscription.objects.get().contact.email == "c@example.com"
    assert report.counts.subscribed == 1
    assert report.notes == {"A number that gets no text messages is not subscribed to any.": 2}


def test_a_file_lets_nobody_from_outside_onto_an_internal_list(
    run: Run, settings: Settings
) -> None:
    settings.INTERNAL_DOMAINS = ["example.com"]
    team = SegmentFactory(slug="operations", name="Operations", kind="internal")
    file = "email,segments\nout@gmail.example,operations\nown@example.com,operations\n"

    for chosen in ("", "operations"):
        report = run(file, segment=chosen)

        assert team.subscriptions.get().contact.email == "own@example.com"
        assert report.notes == {
            "“Operations” is internal: a file subscribes only mailboxes of our own domains"
            " (INTERNAL_DOMAINS) to it.": 1
        }


def test_what_a_file_calls_a_segment_needs_a_consent(run: Run, customers: Segment) -> None:
    report = run("email,segments\nana@example.com,customers\n", segment="", consent_text="")

    assert Contact.objects.exists()
    assert not Subscription.objects.exists()
    assert any("not where the consent comes from" in note for note in report.notes)
