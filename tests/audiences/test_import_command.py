import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audiences.models import ConsentEvent, Contact, Subscription
from tests.factories import SegmentFactory

pytestmark = pytest.mark.django_db

FILE = "email,name,phone\nana@example.com,Ana,07700 900123\nnobody,,\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(FILE)
    return path


def test_the_command_prints_the_totals_and_every_refused_line(file: Path) -> None:
    out = StringIO()

    call_command("import_contacts", file, stdout=out)

    lines = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    assert {"rows 2", "created 1", "refused 1"} <= set(lines)
    assert any(line.startswith("line 3 ") and "nobody" in line for line in lines)


def test_the_command_subscribes_on_the_channels_it_was_told(file: Path) -> None:
    SegmentFactory(slug="customers")

    call_command(
        "import_contacts",
        file,
        "--segment=customers",
        "--channel=email",
        "--channel=sms",
        "--region=GB",
        "--consent=Contract of 2024",
        "--text-version=contract-7",
        stdout=StringIO(),
    )

    event = ConsentEvent.objects.filter(channel="sms").get()
    assert event.evidence.startswith("Contract of 2024 Imported from list.csv on ")
    assert event.evidence.endswith(" by the command line.")
    assert (event.text_version, event.address) == ("contract-7", "+44…123")
    assert set(Subscription.objects.values_list("channel", flat=True)) == {"email", "sms"}
    assert Contact.objects.get().phone == "+447700900123"


def test_nobody_is_subscribed_without_a_word_on_the_consent(file: Path) -> None:
    SegmentFactory(slug="customers")

    for consent in ((), ("--consent=.",)):
        with pytest.raises(CommandError, match="--consent: Say where the consent comes from"):
            call_command("import_contacts", file, "--segment=customers", *consent)

    assert not Contact.objects.exists()


def test_the_report_is_written_as_json(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.json"

    call_command("import_contacts", file, "--dry-run", f"--json={target}", stdout=StringIO())

    report = json.loads(target.read_text())
    assert (report["counts"]["rows"], report["counts"]["created"]) == (2, 1)
    assert report["dry_run"]
    assert [(bad["line"], bad["reason"]) for bad in report["refused"]] == [
        (3, "“nobody” has no @.")
    ]
    assert not Contact.objects.exists()


def test_a_dry_run_writes_every_refused_row(tmp_path: Path) -> None:
    bad, written = tmp_path / "bad.csv", tmp_path / "report.json"
    bad.write_text("email\n" + "nobody\n" * 60)

    call_command("import_contacts", bad, "--dry-run", json=written, stdout=StringIO())

    assert len(json.loads(written.read_text())["refused"]) == 60


def test_an_unknown_segment_ends_with_an_error(file: Path) -> None:
    with pytest.raises(CommandError, match="unheard-of"):
        call_command("import_contacts", file, "--segment=unheard-of")


def test_a_file_that_is_not_there_ends_with_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="missing"):
        call_command("import_contacts", tmp_path / "missing.csv")


def test_columns_are_named_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Title\nAdresse,Land,Region,Nr\na@example.com,DE,GB,07700 900123\n")
    named = ("--map=Adresse=email", "--map=region=country", "--map=4=phone", "--map=Land=")

    call_command("import_contacts", path, "--skip-rows=1", *named, stdout=StringIO())

    ana = Contact.objects.get()
    assert (ana.email, ana.phone, ana.attributes) == (
        *("a@example.com", "+447700900123"),
        {"region": "GB"},
    )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("--map=Ort=name", "There is no column “Ort”. The headings are: email, name, phone."),
        ("--map=name=nonsense", "There is no field “nonsense”."),
        ("--map=name", "Write it like Land=country."),
        ("--skip-rows=-1", "Give a number from 0 on."),
        ("--region=xx", "“xx” is no country: give its two letters, for example DE."),
        (f"--consent={'x' * 301}", "--consent: .* at most 300 characters"),
        ("--json=/nowhere/report.json", "There is no folder /nowhere"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_read(
    file: Path, wrong: str, words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("import_contacts", file, wrong, stdout=StringIO())

    assert not Contact.objects.exists()


def test_a_country_may_be_given_in_small_letters(file: Path) -> None:
    call_command("import_contacts", file, "--region=gb", stdout=StringIO())

    assert Contact.objects.get().phone == "+447700900123"
