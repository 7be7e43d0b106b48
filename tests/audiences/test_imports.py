from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audiences.fields import validate_flat
from audiences.models import Account, Channel, Contact, Segment, Subscription, Suppression
from audiences.services import import_steps, imports
from audiences.services.intake import countries
from audiences.services.intake.raw import UnreadableFile
from audiences.services.intake.report import Report
from tests.factories import (
    NOON,
    ContactFactory,
    SegmentFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db

Run = Callable[..., Report]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def _run(content: str | bytes, **options: object) -> Report:
        file = tmp_path / "customers.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        asked = {"consent_text": "Contract of 2024."} | options
        return imports.run(job=imports.Job(file=file, **asked), now=NOON)

    return _run


@pytest.fixture
def customers() -> Segment:
    return SegmentFactory(slug="customers", name="Customers")


def reasons(findings: list) -> dict[int, str]:
    return {finding.line: finding.reason for finding in findings}


# What spreadsheets save.


@pytest.mark.parametrize(
    "content",
    [
        "E-Mail;Vorname;Nachname\r\nzoe@example.com;Zoë;Köhler\r\n".encode("cp1252"),
        "E-Mail;Vorname;Nachname\r\nzoe@example.com;Zoë;Köhler\r\n".encode(),
        "E-Mail,Vorname,Nachname\nzoe@example.com,Zoë,Köhler".encode("utf-8-sig"),
        "email\tfirst_name\tlast_name\r\nzoe@example.com\tZoë\tKöhler\r\n".encode("utf-16"),
        "sep=|\r\nMail|First name|Last name\r\nzoe@example.com|Zoë|Köhler\r\n".encode(),
        "e-mail,Vorname,Name\rzoe@example.com,Zoë,Köhler\r".encode(),
        'email,name\r\nzoe@example.com,"Zoë\r\n Köhler"\r\n'.encode(),
    ],
    ids=["cp1252", "utf-8", "bom", "utf-16", "sep line", "bare returns", "newline in a cell"],
)
def test_every_way_a_spreadsheet_saves_gives_the_same_person(run: Run, content: bytes) -> None:
    report = run(content)

    assert (report.counts.rows, report.counts.created, report.refused) == (1, 1, [])
    assert " ".join(Contact.objects.get(email="zoe@example.com").name.split()) == "Zoë Köhler"


def test_all_fields_arrive_where_they_belong(run: Run) -> None:
    run(
        "E-Mail;Vorname;Nachname;Mobil;Telefon;Sprache;Zeitzone;Firma;Kunde seit\n"
        "ana@example.com;Ana;Weber;0171 3920042;030 23125-001;de-AT;Europe/Vienna;Nord KG;1.2.24\n"
    )

    ana = Contact.objects.get()
    assert (ana.name, ana.phone, ana.language) == ("Ana Weber", "+491713920042", "de")
    assert (ana.time_zone, ana.account.name) == ("Europe/Vienna", "Nord KG")
    assert ana.attributes == {"telefon": "030 23125-001", "kunde_seit": "1.2.24"}


def test_a_file_without_headings_is_understood_by_its_values(run: Run) -> None:
    report = run("ana@example.com,Ana Weber,+49 171 3920042\nbo@example.org,Bo,\n")

    assert (report.counts.rows, report.counts.created) == (2, 2)
    assert Contact.objects.get(email="ana@example.com").phone == "+491713920042"
    assert any("headings" in note for note in report.notes)


def test_a_number_is_read_with_the_country_of_its_row(run: Run) -> None:
    run("phone,country\n07700 900123,GB\n0171 3920042,\n", region="DE")

    assert set(Contact.objects.values_list("phone", flat=True)) == {
        "+447700900123",
        "+491713920042",
    }


@pytest.mark.parametrize("country", ["Österreich", "austria", "AUT", "040", "A", "at"])
def test_a_country_is_known_by_name_code_and_car_sign(country: str) -> None:
    assert countries.region(country) == "AT"


def test_an_unknown_country_is_told_and_costs_no_number(run: Run) -> None:
    report = run(
        "Land;Telefon\nÖsterreich;0664 1234567\nNarnia;0171 3920042\n;0171 3920043\n", region="DE"
    )

    phones = set(Contact.objects.values_list("phone", flat=True))
    assert phones == {"+436641234567", "+491713920042", "+491713920043"}
    assert report.notes == {
        "Country “Narnia” is unknown: a number without its country code is taken for one of DE.": 1
    }


def test_texts_are_stored_as_they_were_written(run: Run) -> None:
    odd = '=HYPERLINK("x") <script> 🙂 ‮ O\'Neill'

    run("email,name,remark\nana@example.com,{0},{0}\n".format('"' + odd.replace('"', '""') + '"'))

    ana = Contact.objects.get()
    assert (ana.name, ana.attributes) == (odd, {"remark": odd})


# What is wrong in a file.


def test_bad_rows_are_reported_by_line_while_good_ones_go_in(run: Run) -> None:
    report = run(
        "email,name,phone\n"
        'ana@example.com,"Ana\nWeber",\n'
        "no-address,,\n"
        "\n"
        ",Nobody,\n"
        ",Bad phone,123\n"
        'cy@example.com,"Cy" Young,\n'
        "bo@example.org,Bo,\n"
    )

    assert (report.counts.rows, report.counts.created) == (6, 2)
    assert set(reasons(report.refused)) == {4, 6, 7, 8}
    assert "no-address" in reasons(report.refused)[4]
    assert "123" in reasons(report.refused)[7]


def test_a_wrong_phone_costs_the_phone_not_the_person(run: Run) -> None:
    ContactFactory(email="bo@example.org", phone="+447700900002")

    report = run("email,phone\nana@example.com,12\nbo@example.org,12\n")

    assert Contact.objects.get(email="ana@example.com").phone == ""
    assert Contact.objects.get(email="bo@example.org").phone == "+447700900002"
    assert set(reasons(report.warnings)) == {2, 3}
    assert report.refused == []


def test_a_number_without_a_plus_is_told_when_it_is_completed(run: Run) -> None:
    report = run(
        "email,phone\n"
        "ana@example.com,491512345678\n"
        "bo@example.org,31612345678\n"
        "cy@example.com,4915123456789\n"
        "di@example.com,0171 3920042\n",
        region="DE",
    )

    phones = dict(Contact.objects.values_list("email", "phone"))
    assert (phones["ana@example.com"], phones["bo@example.org"]) == ("", "+31612345678")
    assert "two telephones" in reasons(report.warnings)[2]
    assert "+31612345678" in reasons(report.warnings)[3]
    assert len(report.warnings) == 2
    assert report.notes == {"A number without + or 0 in front was taken for one of DE.": 1}


def test_the_country_of_its_row_settles_which_of_two_telephones_is_meant(run: Run) -> None:
    report = run(
        "email,phone,Land\n"
        "ana@example.com,15202234567,Deutschland\n"
        "bo@example.org,15202234567,USA\n"
        "cy@example.net,15202234567,\n"
        "di@example.com,491512345678,Deutschland\n"
        "eva@example.com,17035551234,Deutschland\n"
    )

    phones = dict(Contact.objects.values_list("email", "phone"))
    assert phones["ana@example.com"] == "+4915202234567"
    assert phones["bo@example.org"] == "+15202234567"
    # Without a country, where a digit is missing, and where one is too many, nobody knows.
    for unclear in ("cy@example.net", "di@example.com", "eva@example.com"):
        assert phones[unclear] == ""
    said = reasons(report.warnings)
    assert set(said) == {2, 4, 5, 6}
    assert "+4915202234567" in said[2]
    assert "+4917035551234 or +17035551234: write it with +" in said[6]


def test_the_country_of_an_address_makes_nobodys_mobile_a_strangers_telephone(run: Run) -> None:
    ContactFactory(email="eva@example.com", phone="+43664105964")
    ContactFactory(email="ana@example.com", phone="+15202234567")

    report = run(
        "email,phone,Land\n"
        "eva@example.com,43664105964,Deutschland\n"
        "ana@example.com,15202234567,Deutschland\n"
    )

    assert set(Contact.objects.values_list("phone", flat=True)) == {"+43664105964", "+15202234567"}
    said = reasons(report.warnings)
    assert "+4943664105964 or +43664105964" in said[2]
    assert "it stays" in said[3]


def test_who_is_known_by_the_number_alone_is_told_as_a_twin(run: Run) -> None:
    ContactFactory(email="", phone="+491713920042")

    report = run("email,phone\nana@example.com,0171 3920042\nbo@example.org,0171 3920043\n")

    assert "merge the two" in reasons(report.warnings)[2]
    assert set(reasons(report.warnings)) == {2}
    assert Contact.objects.count() == 3


def test_a_broken_mailbox_is_not_replaced_by_the_phone(run: Run) -> None:
    report = run("email,phone\nana@,+49 171 3920042\n")

    assert set(reasons(report.refused)) == {2}
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("Anna Berg <Anna@example.com>,", "Anna Berg"),
        ('"""Berg, Anna"" <anna@example.com>",', "Berg, Anna"),
        ("<anna@example.com>,Anni", "Anni"),
    ],
)
def test_an_address_with_a_name_is_both(run: Run, row: str, name: str) -> None:
    run(f"email,name\n{row}\n")

    assert (Contact.objects.get().email, Contact.objects.get().name) == ("anna@example.com", name)


@pytest.mark.parametrize("typed", ["europe/berlin", "EUROPE/BERLIN", "Europe/Berlin"])
def test_a_time_zone_is_known_however_it_is_written(run: Run, typed: str) -> None:
    report = run(f"email,timezone\nana@example.com,{typed}\n")

    assert Contact.objects.get().time_zone == "Europe/Berlin"
    assert report.notes == {}


def test_titles_above_the_headings_are_left_out_and_that_is_said(run: Run) -> None:
    report = run("Kundenliste 2026,\n\nStand: heute,\nE-Mail,Name\nana@example.com,Ana\n")

    assert Contact.objects.get().name == "Ana"
    assert list(report.notes) == [
        "The headings were found in line 4; what stands above it is left out."
    ]


def test_of_two_columns_of_one_kind_the_clearer_one_wins(run: Run) -> None:
    report = run("E-Mail,Mobil,Region,Land,Notiz,Notiz\n,07700 900123,Nord,GB,a,b\n")

    ana = Contact.objects.get()
    assert ana.phone == "+447700900123"
    assert ana.attributes == {"region": "Nord", "land": "GB", "notiz": "a", "notiz_6": "b"}
    said = "Another column says the same more clearly: “Region” goes into the profile."
    assert list(report.notes) == [said]


def test_short_rows_are_fine_and_surplus_cells_are_reported(run: Run) -> None:
    report = run("email,name\nana@example.com\nbo@example.org,Bo,x,y\ncy@example.net,Cy,,\n")

    assert (report.counts.created, report.refused) == (3, [])
    assert set(reasons(report.warnings)) == {3}


def test_nul_bytes_are_removed_and_reported(run: Run) -> None:
    report = run(b"email,name\nana@example.com,A\0na\nbo@example.org,Bo\n")

    assert Contact.objects.get(email="ana@example.com").name == "Ana"
    assert set(reasons(report.warnings)) == {2}


def test_too_long_a_name_is_cut_and_reported(run: Run) -> None:
    report = run(f"email,name\nana@example.com,{'a' * 601}\n")

    assert Contact.objects.get().name == "a" * 600
    assert set(reasons(report.warnings)) == {2}


def test_too_long_an_attribute_is_cut_to_what_a_page_takes(run: Run) -> None:
    report = run(f"email,remark,{'ä' * 195}\nana@example.com,{'n' * 5_000},x\n")

    validate_flat(Contact.objects.get().attributes)
    assert reasons(report.warnings)[2] == "A text was cut to 4000 characters."


def test_a_name_stays_as_it_was_written(run: Run) -> None:
    run('email,first_name,last_name\nana@example.com,"\t=1+1"," Møller "\nbo@example.org, ,\n')

    assert Contact.objects.get(email="ana@example.com").name == "\t=1+1  Møller "
    assert Contact.objects.get(email="bo@example.org").name == ""


def test_unknown_languages_and_zones_are_told_once_for_the_file(run: Run) -> None:
    report = run(
        "email,language,timezone\n"
        "ana@example.com,tlh,Mars/Base\nbo@example.org,tlh,Mars/Base\ncy@example.net,Deutsch,\n"
    )

    assert Contact.objects.get(email="ana@example.com").language == ""
    assert Contact.objects.get(email="cy@example.net").language == "de"
    assert sorted(report.notes.values()) == [2, 2]
    assert report.warnings == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"first,second\nAna,Bo\n", "first, second"),
        (b'email,name\nana@example.com,Ana\n"bo@example.org,Bo\ncy@example.net,Cy\n', "Line 3"),
        (b"email,name\nana@example.com,\x81\xff\n", "no list"),
        ("email\nana@example.com\n".encode("utf-16") + b"\xd8", "no list"),
    ],
    ids=["empty", "no address column", "open quote", "bytes", "cut off"],
)
def test_a_file_that_cannot_be_read_changes_nothing(run: Run, content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        run(content)

    assert not Contact.objects.exists()


def test_nothing_is_half_done_when_the_file_breaks_late(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_steps, "BATCH", 2)

    with pytest.raises(UnreadableFile):
        run("email\n" + "".join(f"n{n}@example.com\n" for n in range(5)) + '"x@example.com\ny')

    assert not Contact.objects.exists()


# Who is in there already.


@pytest.mark.parametrize("batch", [2000, 2, 1])
def test_somebody_who_stands_there_twice_becomes_one_with_the_later_words(
    run: Run, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(import_steps, "BATCH", batch)

    report = run(
        "email,name,phone,plan\n"
        "ana@example.com,Ana,0171 3920042,basic\n"
        "bo@example.org,Bo,,\n"
        "ANA@example.com ,Ana Weber,,premium\n"
    )

    ana = Contact.objects.get(email="ana@example.com")
    assert (ana.name, ana.phone) == ("Ana Weber", "+491713920042")
    assert ana.attributes == {"plan": "premium"}
    assert (report.counts.created, report.counts.updated, report.counts.duplicates) == (2, 0, 1)
    assert "line 2" in reasons(report.warnings)[4]


def test_known_people_are_amended_and_blanks_never_erase(run: Run) -> None:
    known = ContactFactory(
        email="ana@example.com",
        name="Ana",
        phone="+491713920042",
        language="de",
        attributes={"city": "Kiel", "plan": "basic"},
    )
    ContactFactory(email="bo@example.org", name="Bo")

    report = run(
        "email,name,phone,language,plan,city\n"
        "ana@example.com,Ana Weber,,,premium,\n"
        "bo@example.org,Bo,,,,\n"
    )

    key = known.key
    known.refresh_from_db()
    assert (known.name, known.phone, known.language) == ("Ana Weber", "+491713920042", "de")
    assert (known.attributes, known.key) == ({"city": "Kiel", "plan": "premium"}, key)
    assert (report.counts.created, report.counts.updated, report.counts.unchanged) == (0, 1, 1)


def test_without_an_e_mail_the_number_is_the_identity(run: Run) -> None:
    ContactFactory(email="ana@example.com", name="Ana", phone="+491713920042")
    ContactFactory(email="", name="Switchboard", phone="+491713920043")

    report = run("name,phone\nAna's desk,0171 3920042\nReception,0171 3920043\n")

    assert (report.counts.created, report.counts.updated) == (1, 1)
    assert Contact.objects.get(email="ana@example.com").name == "Ana"
    assert Contact.objects.get(email="", phone="+491713920043").name == "Reception"


def test_a_company_is_created_once_and_found_again(run: Run) -> None:
    known = Account.objects.create(name="Nord KG", tier=Account.Tier.KEY)

    report = run(
        "email,company\nana@example.com,Nord KG\nbo@example.org,Süd AG\ncy@example.net,Süd AG\n"
    )

    assert Contact.objects.get(email="ana@example.com").account == known
    assert report.counts.accounts_created == 1
    assert Account.objects.get(name="Süd AG").contact_set.count() == 2


def test_importing_the_same_file_again_changes_nothing(run: Run, customers: Segment) -> None:
    content = "email,name,company,plan\nana@example.com,Ana,Nord KG,basic\n,,,\n"
    run(content, segment="customers")

    report = run(content, segment="customers")

    assert (report.counts.created, report.counts.updated, report.counts.unchanged) == (0, 0, 1)
    assert (report.counts.subscribed, report.counts.accounts_created) == (0, 0)


def test_a_dry_run_reports_the_same_and_changes_nothing(run: Run, customers: Segment) -> None:
    content = "email,company\nana@example.com,Nord KG\nbad,\n"

    rehearsed = run(content, segment="customers", dry_run=True)

    assert not Contact.objects.exists()
    assert not Account.objects.exists()
    real = run(content, segment="customers")
    assert {**rehearsed.as_json(), "dry_run": False} == real.as_json()


def test_queries_grow_with_batches_not_with_rows(run: Run, customers: Segment) -> None:
    def queries(rows: int) -> int:
        lines = "".join(f"p{n}@example.com,Person {n}\n" for n in range(rows))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            run("email,name\n" + lines, segment="customers")
        return len(captured)

    # The first time, some cells of Django's are filled.
    queries(1)
    few = queries(50)
    assert queries(300) == few


# Segments.


def test_good_rows_join_the_segment_with_evidence(run: Run, customers: Segment) -> None:
    report = run("email,phone\nana@example.com,0171 3920042\nbad,\n", segment="customers")

    subscription = Subscription.objects.get()
    assert (subscription.channel, subscription.state) == (Channel.EMAIL, "confirmed")
    assert (subscription.source, subscription.changed_at) == ("import", NOON)
    assert "customers.csv" in subscription.evidence
    assert "2026-03-02 12:00" in subscription.evidence
    assert report.counts.subscribed == 1


def test_text_messages_only_where_the_consent_is_stated(run: Run, customers: Segment) -> None:
    run(
        "email,phone\nana@example.com,0171 3920042\nbo@example.org,\n",
        segment="customers",
        channels=("email", "sms"),
    )

    heard_by_sms = Subscription.objects.filter(channel=Channel.SMS)
    assert [row.contact.email for row in heard_by_sms] == ["ana@example.com"]


def test_whoever_left_stays_away_and_suppressions_stay(
    run: Run, customers: Segment, opted_out: Contact
) -> None:
    left = SubscriptionFactory(
        contact=opted_out, segment=customers, state=Subscription.State.UNSUBSCRIBED
    )
    waiting = SubscriptionFactory(
        contact=ContactFactory(email="bo@example.org"),
        segment=customers,
        state=Subscription.State.UNCONFIRMED,
    )

    report = run("email\notto@example.net\nbo@example.org\n", segment="customers")

    left.refresh_from_db()
    waiting.refresh_from_db()
    assert (left.state, waiting.state) == ("unsubscribed", "confirmed")
    assert (report.counts.subscribed, report.counts.stay_unsubscribed) == (1, 1)
    assert Suppression.objects.active().count() == 2


def test_an_unknown_segment_stops_the_import_and_lists_the_known(
    run: Run, customers: Segment
) -> None:
    with pytest.raises(imports.UnknownSegment, match="customers"):
        run("email\nana@example.com\n", segment="custmers")

    assert not Contact.objects.exists()


def test_a_column_of_segments_uses_those_that_exist(run: Run, customers: Segment) -> None:
    SegmentFactory(slug="partners", name="Our partners")

    report = run(
        "email;Segmente\nana@example.com;customers, our partners\nbo@example.org;VIP|customers\n"
        "cy@example.net;VIP\n"
    )

    joined = Subscription.objects.values_list("contact__email", "segment__slug")
    assert set(joined) == {
        ("ana@example.com", "customers"),
        ("ana@example.com", "partners"),
        ("bo@example.org", "customers"),
    }
    assert [count for note, count in report.notes.items() if "vip" in note] == [2]
