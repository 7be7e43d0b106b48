"""An Excel workbook becomes rows of texts: one of its sheets, read row by row."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

from django.utils.translation import gettext as _

from audiences.services.intake import sheet_xml, workbook_parts
from audiences.services.intake.raw import RawRow, Table, UnreadableFile
from audiences.services.intake.workbook_parts import TEXTS, WORKBOOK, Legend, Sheet

# A list of a hundred thousand people unpacks to about 60 MB; the shared texts are kept in memory.
UNPACKED_LIMIT = 400 << 20
TEXTS_LIMIT = 60 << 20
# Excel's own.
ROWS_LIMIT = 1_048_576
# A damaged file comes out as whatever its reading stumbles over.
_BROKEN = (
    *(ParseError, ExpatError, zipfile.BadZipFile, zipfile.LargeZipFile),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError, OSError),
    *(RuntimeError, NotImplementedError, MemoryError),
)


def read(path: Path, sheet: str = "") -> Table:
    """Open a workbook, after a look at what it would unpack to: the sheet of that name, or the
    first one with something in it.

    :raises UnreadableFile: no workbook, damaged, far larger than a list of people, or without a
        sheet of that name.
    """
    try:
        _insist_on_a_workbook(path)
        archive = zipfile.ZipFile(path)
        sheets = workbook_parts.sheets(archive)
        legend = workbook_parts.legend(archive)
        chosen = _named(sheets, sheet) if sheet else _filled(archive, legend, sheets)
    except UnreadableFile:
        raise
    except _BROKEN as error:
        raise _damaged() from error
    titles = tuple(one.title for one in sheets)
    return Table(_rows(archive, legend, chosen), _notes(chosen, titles), titles, chosen.title)


def _named(sheets: list[Sheet], title: str) -> Sheet:
    for one in sheets:
        if one.title.casefold() == title.strip().casefold():
            return one
    raise UnreadableFile(
        _("There is no sheet “%(title)s”. There are: %(titles)s.")
        % {"title": title, "titles": ", ".join(one.title for one in sheets)}
    )


def _filled(archive: zipfile.ZipFile, legend: Legend, sheets: list[Sheet]) -> Sheet:
    if not sheets:
        raise UnreadableFile(_("The workbook has no sheet with rows."))
    filled = (one for one in sheets if any(True for _row in _texts(archive, legend, one)))
    return next(filled, sheets[0])


def _notes(chosen: Sheet, titles: tuple[str, ...]) -> tuple[str, ...]:
    others = [title for title in titles if title != chosen.title]
    if not others:
        return ()
    note = _("The sheet “%(title)s” is read. The workbook has others: %(others)s.")
    return (note % {"title": chosen.title, "others": ", ".join(others)[:300]},)


def _insist_on_a_workbook(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        # No member unpacks to more than its entry here says.
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    if WORKBOOK not in sizes:
        raise UnreadableFile(
            _("This is an archive, but no Excel workbook. Save the list as .xlsx or CSV.")
        )
    if sum(sizes.values()) > UNPACKED_LIMIT or sizes.get(TEXTS, 0) > TEXTS_LIMIT:
        raise UnreadableFile(
            _(
                "The workbook unpacks to far more than a list of people needs. Copy the list alone"
                " into a new file, or save it as CSV."
            )
        )


def _rows(archive: zipfile.ZipFile, legend: Legend, sheet: Sheet) -> Iterator[RawRow]:
    try:
        with archive:
            for row in _texts(archive, legend, sheet):
                if row.line > ROWS_LIMIT:
                    raise _damaged()
                yield row
    except UnreadableFile:
        raise
    except _BROKEN as error:
        raise _damaged() from error


def _texts(archive: zipfile.ZipFile, legend: Legend, sheet: Sheet) -> Iterator[RawRow]:
    """The rows that are not empty."""
    with archive.open(sheet.part) as file:
        for row in sheet_xml.rows(file):
            cells = [""] * max((cell.column for cell in row.cells), default=0)
            for cell in row.cells:
                cells[cell.column - 1] = legend.text(cell)
            while cells and not cells[-1]:
                cells.pop()
            if any(cell.strip() for cell in cells):
                yield RawRow(row.line, tuple(cells), is_hidden=row.is_hidden)


def _damaged() -> UnreadableFile:
    return UnreadableFile(
        _("The workbook is damaged. Open it in Excel and save it again as .xlsx, or as CSV.")
    )
