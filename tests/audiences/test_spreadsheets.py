"""What spreadsheets save besides plain CSV, and what only looks like it."""

import json
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from audiences.models import Contact
from audiences.services import imports, uploads
from audiences.services.intake import workbook
from audiences.services.intake.opening import Reading
from audiences.services.intake.raw import UnreadableFile
from audiences.services.intake.report import Report
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(tmp_path: Path) -> Callable[[bytes], Report]:
    def _run(content: bytes) -> Report:
        file = tmp_path / "list"
        file.write_bytes(content)
        return imports.run(job=imports.Job(file=file), now=NOON)

    return _run


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    def make(
        *rows: list[object],
        formats: dict[str, str] | None = None,
        more: int = 0,
        hidden: tuple[int, ...] = (),
    ) -> Path:
        made = openpyxl.Workbook()
        sheet = made.active
        sheet.title = "People"
        for row in rows:
            sheet.append(row)
        for cell, number_format in (formats or {}).items():
            sheet[cell].number_format = number_format
        for line in hidden:
            sheet.row_dimensions[line].hidden = True
        for number in range(more):
            further = made.create_sheet(f"More {number}")
            further.append(["email"])
            further.append(["nobody@example.com"])
        made.save(tmp_path / "people.xlsx")
        return tmp_path / "people.xlsx"

    return make


def test_a_workbook_gives_what_people_see_in_it(book: Callable[..., Path]) -> None:
    path = book(
        ["E-Mail", "Mobil", "PLZ", "Kunde seit", "Termin", "Umsatz", "Rabatt", "Aktiv"],
        [
            *("zoe@example.com", 491713920042, 1067, date(2024, 2, 1)),
            *(datetime.fromisoformat("2024-02-01T09:05"), 1234.5, 0.19, True),
        ],
        [],
        ["bo@example.org", 1713920043.0, None, None, None, None, None, None],
        formats={
            **{"C2": "00000", "D2": "dd.mm.yyyy", "E2": "yyyy\\-mm\\-dd hh:mm"},
            **{"F2": "#,##0.00", "G2": "0%", "B4": '"0"0'},
        },
    )

    report = imports.run(job=imports.Job(file=path), now=NOON)

    zoe = Contact.objects.get(email="zoe@example.com")
    assert zoe.phone == "+491713920042"
    assert zoe.attributes == {
        **{"plz": "01067", "kunde_seit": "01.02.2024", "termin": "2024-02-01 09:05"},
        **{"umsatz": "1234.50", "rabatt": "19%", "aktiv": "TRUE"},
    }
    assert Contact.objects.get(email="bo@example.org").phone == "+491713920043"
    taken = "A number without + or 0 in front was taken for one of DE."
    assert (report.counts.rows, list(report.notes)) == (2, [taken])


def test_one_sheet_is_read_and_that_is_said(book: Callable[..., Path]) -> None:
    path = book(["email"], ["ana@example.com"], ["nobody"], more=2)

    report = imports.run(job=imports.Job(file=path), now=NOON)

    assert Contact.objects.count() == 1
    assert [finding.line for finding in report.refused] == [3]
    note = "The sheet “People” is read. The workbook has others: More 0, More 1."
    assert list(report.notes) == [note]


def test_rows_hidden_by_a_filter_come_in_and_that_is_said(book: Callable[..., Path]) -> None:
    path = book(["email"], ["ana@example.com"], ["bo@example.org"], hidden=(3,))

    report = imports.run(job=imports.Job(file=path), now=NOON)

    assert Contact.objects.count() == 2
    assert report.notes == {"Rows that are hidden in the workbook are read too.": 1}


def test_an_empty_cover_sheet_is_passed_over(book: Callable[..., Path]) -> None:
    path = book([], more=1)

    imports.run(job=imports.Job(file=path), now=NOON)

    assert Contact.objects.get().email == "nobody@example.com"


def test_a_sheet_is_read_that_somebody_names(book: Callable[..., Path]) -> None:
    path = book(["email"], ["ana@example.com"], more=2)

    imports.run(job=imports.Job(file=path, reading=Reading(sheet="more 1")), now=NOON)
    with pytest.raises(UnreadableFile, match="There are: People, More 0, More 1"):
        imports.run(job=imports.Job(file=path, reading=Reading(sheet="Mine")), now=NOON)

    assert Contact.objects.get().email == "nobody@example.com"


def test_a_workbook_is_known_by_its_first_bytes(book: Callable[..., Path]) -> None:
    path = book(["email"], ["ana@example.com"])

    imports.run(job=imports.Job(file=path.rename(path.with_suffix(".csv"))), now=NOON)

    assert Contact.objects.get().email == "ana@example.com"


def test_a_workbook_that_unpacks_to_too_much_is_refused(
    book: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book(["email"], ["ana@example.com"])
    monkeypatch.setattr(workbook, "UNPACKED_LIMIT", 1_000)

    with pytest.raises(UnreadableFile, match="far more"):
        imports.run(job=imports.Job(file=path), now=NOON)


def _archive(path: Path, *names: str) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("names", "said"), [(["content.xml"], "no Excel"), (["xl/workbook.xml"], "damaged")]
)
def test_an_archive_that_is_no_workbook_is_refused(
    run: Callable[[bytes], Report], tmp_path: Path, names: list[str], said: str
) -> None:
    with pytest.raises(UnreadableFile, match=said):
        run(_archive(tmp_path / "x.zip", *names))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "password"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04 cut off", "damaged"),
    ],
)
def test_what_is_no_list_is_refused_with_the_fix(
    run: Callable[[bytes], Report], content: bytes, said: str
) -> None:
    with pytest.raises(UnreadableFile, match=said):
        run(content)


@pytest.mark.parametrize(
    "content",
    [
        "email,name\rzoe@example.com,Zoë Núñez\r".encode("mac-roman"),
        "email;name\nzoe@example.com;Zoë Núñez\n".encode("mac-roman"),
        "email,name\nzoe@example.com,Zoë Núñez\n".encode("utf-16-le"),
        "email,name\nzoe@example.com,Zoë Núñez\n".encode("utf-16-be"),
        b"\xfe\xff" + "email,name\nzoe@example.com,Zoë Núñez\n".encode("utf-16-be"),
        "email,name\nzoe@example.com,Zoë Núñez\n".encode("cp1252"),
    ],
    ids=["old mac", "mac", "utf-16-le", "utf-16-be", "utf-16-be with mark", "windows"],
)
def test_the_encoding_is_found(run: Callable[[bytes], Report], content: bytes) -> None:
    run(content)

    assert Contact.objects.get().name == "Zoë Núñez"


@pytest.mark.parametrize("newline", ["\n", "\r"])
def test_a_file_put_together_in_two_encodings_says_so(
    run: Callable[[bytes], Report], newline: str
) -> None:
    one, other = f"email,name{newline}zoe@example.com,Zoë{newline}", "uli@example.com,Müller"

    mixed, plain = (run(one.encode("cp1252") + other.encode(code)) for code in ("utf-8", "cp1252"))

    assert ["line 3 is in UTF-8" in note for note in mixed.notes] == [True]
    assert plain.notes == {}


def test_what_is_no_text_is_said_in_words(run: Callable[[bytes], Report]) -> None:
    with pytest.raises(UnreadableFile, match="neither text nor a workbook"):
        run(b"\x89PNG\r\n\x1a\n\x8f\x81\x8d")


def test_shared_texts_are_read_without_how_they_are_pronounced(book: Callable[..., Path]) -> None:
    path = book(["email", "name"], ["ana@example.com", "SHARED"])
    texts = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        "<si><r><t>課</t></r><r><t> A</t></r><rPh><t>カ</t></rPh></si></sst>"
    )
    inline, shared = b't="inlineStr"><is><t>SHARED</t></is>', b't="s"><v>0</v>'
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(path.with_name("new"), "w") as new:
        for name in set(old.namelist()) - {workbook.TEXTS}:
            new.writestr(name, old.read(name).replace(inline, shared))
        new.writestr(workbook.TEXTS, texts)

    imports.run(job=imports.Job(file=path.with_name("new")), now=NOON)

    assert Contact.objects.get().name == "課 A"


@pytest.mark.slow(reason="reads 50 MB")
def test_a_cell_without_an_end_is_refused_before_it_fills_the_memory(
    book: Callable[..., Path],
) -> None:
    path = book(["email", "note"], ["ana@example.com", "x"])
    endless = path.with_name("endless.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(endless, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                cell = b'<c r="B2" t="inlineStr"><is><t>%s</t></is></c>' % (b"A" * 50_000_000)
                content = re.sub(rb'<c r="B2".*?</c>', cell, content)
            new.writestr(name, content)

    tracemalloc.start()
    with pytest.raises(UnreadableFile, match="more than 32,767 characters"):
        imports.run(job=imports.Job(file=endless), now=NOON)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 10_000_000


def test_a_row_with_a_cell_far_too_long_is_refused(run: Callable[[bytes], Report]) -> None:
    long = "x" * 40_000

    report = run(f"email,note\nana@example.com,{long}\nbo@example.com,short".encode())

    assert [(one.line, one.cells) for one in report.refused] == [(2, ())]
    assert Contact.objects.get().email == "bo@example.com"


@pytest.mark.slow(reason="reads 10 MB")
def test_what_is_said_of_a_file_stays_readable(tmp_path: Path) -> None:
    cells = [f"attributes.{'h' * 5_000}{number}" for number in range(20)]
    lists = ",".join(f"list {number}" for number in range(1_000))
    path = tmp_path / "wide.csv"
    path.write_text(
        ";".join(["email", "segments", *cells])
        + "\n"
        + "\n".join(
            ";".join([f"p{row}@example.com" if row % 2 else "nobody", lists, *["v" * 30_000] * 20])
            for row in range(16)
        )
    )

    one = uploads.take(source=path, name="wide.csv", terms=uploads.Terms(), by=None, now=NOON)
    imports.look(contact_import=one, now=NOON)

    one.refresh_from_db()
    assert one.preview["counts"]["refused"] == 8
    assert len(json.dumps([one.preview, one.mapping])) < 1_000_000


def test_a_table_with_thousands_of_columns_is_no_list_of_people(
    run: Callable[[bytes], Report],
) -> None:
    with pytest.raises(UnreadableFile, match="more than 1,000 columns"):
        run(",".join(["email", *map(str, range(2_000))]).encode() + b"\nana@example.com")
