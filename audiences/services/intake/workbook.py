"""An Excel workbook becomes rows of texts: its first sheet, read row by row."""

import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from xml.etree.ElementTree import ParseError

import openpyxl
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from audiences.services.intake import spreadsheet_cells
from audiences.services.intake.raw import RawRow, Table, UnreadableFile

# A list of a hundred thousand people unpacks to about 60 MB; the shared texts are kept in memory.
UNPACKED_LIMIT = 400 << 20
TEXTS_LIMIT = 60 << 20
# Excel's own.
ROWS_LIMIT = 1_048_576
_TEXTS = "xl/sharedStrings.xml"
# A damaged file comes out as whatever openpyxl stumbles over in the middle of its parsing.
_BROKEN = (
    *(ParseError, InvalidFileException, zipfile.BadZipFile, zipfile.LargeZipFile),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError, OSError),
    *(RuntimeError, NotImplementedError, MemoryError),
)


def read(path: Path) -> Table:
    """Open a workbook, after a look at what it would unpack to.

    :raises UnreadableFile: no workbook, damaged, or far larger than a list of people.
    """
    try:
        _insist_on_a_workbook(path)
        with warnings.catch_warnings():
            # About styles and validations, which nobody asked for.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except UnreadableFile:
        raise
    except _BROKEN as error:
        raise _damaged() from error
    sheets = book.worksheets
    if not sheets:
        raise UnreadableFile(_("The workbook has no sheet with rows."))
    first = cast(ReadOnlyWorksheet, sheets[0])
    return Table(_rows(book, first), _notes(first.title, len(sheets)))


def _notes(title: str, sheets: int) -> tuple[str, ...]:
    if sheets == 1:
        return ()
    note = ngettext(
        "Only the first sheet, “%(title)s”, is read; the workbook has %(count)d more.",
        "Only the first sheet, “%(title)s”, is read; the workbook has %(count)d more.",
        sheets - 1,
    )
    return (note % {"title": title, "count": sheets - 1},)


def _insist_on_a_workbook(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        # No member unpacks to more than its entry here says.
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    if "xl/workbook.xml" not in sizes:
        raise UnreadableFile(
            _("This is an archive, but no Excel workbook. Save the list as .xlsx or CSV.")
        )
    if sum(sizes.values()) > UNPACKED_LIMIT or sizes.get(_TEXTS, 0) > TEXTS_LIMIT:
        raise UnreadableFile(
            _(
                "The workbook unpacks to far more than a list of people needs. Copy the list alone"
                " into a new file, or save it as CSV."
            )
        )


def _rows(book: Any, sheet: ReadOnlyWorksheet) -> Iterator[RawRow]:
    # What the file claims about its size is often wrong, in both directions.
    sheet.reset_dimensions()
    try:
        for line, row in enumerate(cast(Any, sheet).iter_rows(), start=1):
            if line > ROWS_LIMIT:
                raise _damaged()
            cells = [spreadsheet_cells.text(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if any(cell.strip() for cell in cells):
                yield RawRow(line, tuple(cells))
    except UnreadableFile:
        raise
    except _BROKEN as error:
        raise _damaged() from error
    finally:
        book.close()


def _damaged() -> UnreadableFile:
    return UnreadableFile(
        _("The workbook is damaged. Open it in Excel and save it again as .xlsx, or as CSV.")
    )
