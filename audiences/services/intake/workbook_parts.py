"""What a workbook's rows are read with: its sheets, its shared texts and the formats of numbers."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from xml.etree import ElementTree

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel
from openpyxl.utils.datetime import from_ISO8601 as from_iso

from audiences.services.intake import sheet_xml, spreadsheet_cells
from audiences.services.intake.sheet_xml import TRUE, RawCell

WORKBOOK, TEXTS, _STYLES = "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"


class Sheet(NamedTuple):
    title: str
    part: str


class Shown(NamedTuple):
    """A value with the format in which it is shown."""

    value: Any
    number_format: str


@dataclass(frozen=True)
class Legend:
    """How the cells of a workbook are read."""

    texts: Sequence[str]
    # By the number of a cell's style.
    formats: Sequence[str]
    epoch: datetime

    def text(self, cell: RawCell) -> str:
        match cell.kind:
            case "s":
                return spreadsheet_cells.unescaped(self.texts[int(cell.text)])
            case "n":
                return spreadsheet_cells.text(self._number(cell))
            case "b":
                return "TRUE" if cell.text in TRUE else "FALSE"
            case "d":
                return spreadsheet_cells.text(Shown(_moment(cell.text), self._format(cell)))
        return spreadsheet_cells.unescaped(cell.text)

    def _number(self, cell: RawCell) -> Shown:
        shown_as = self._format(cell)
        value = float(cell.text) if set(cell.text) & set(".eE") else int(cell.text)
        if is_date_format(shown_as):
            try:
                is_span = is_timedelta_format(shown_as)
                return Shown(from_excel(value, self.epoch, timedelta=is_span), shown_as)
            except (OverflowError, ValueError):
                return Shown("#VALUE!", shown_as)
        return Shown(value, shown_as)

    def _format(self, cell: RawCell) -> str:
        return self.formats[cell.style] if cell.style < len(self.formats) else "General"


def sheets(archive: zipfile.ZipFile) -> list[Sheet]:
    """Those that hold cells, in the order of their tabs."""
    places = {
        one.get("Id"): _part(one.get("Target", ""))
        for one in _all(archive, _RELATIONS, "Relationship")
        if one.get("Type", "").endswith("/worksheet")
    }
    found = ((one.get("name", ""), _relation(one)) for one in _all(archive, WORKBOOK, "sheet"))
    return [Sheet(name, places[relation]) for name, relation in found if relation in places]


def legend(archive: zipfile.ZipFile) -> Legend:
    names = set(archive.namelist())
    texts: list[str] = []
    if TEXTS in names:
        with archive.open(TEXTS) as file:
            texts = sheet_xml.texts(file)
    return Legend(texts, _formats(archive) if _STYLES in names else (), _epoch(archive))


def _formats(archive: zipfile.ZipFile) -> list[str]:
    root = _root(archive, _STYLES)
    own = {
        int(one.get("numFmtId", 0)): one.get("formatCode", "")
        for one in root.iterfind(".//{*}numFmt")
    }
    known: dict[int, str] = {**BUILTIN_FORMATS, **own}
    used = (int(one.get("numFmtId", 0)) for one in root.iterfind("{*}cellXfs/{*}xf"))
    return [known.get(number, "General") for number in used]


def _moment(text: str) -> Any:
    return from_iso(text)  # type: ignore[no-untyped-call]


def _epoch(archive: zipfile.ZipFile) -> datetime:
    told = _all(archive, WORKBOOK, "workbookPr")
    is_from_a_mac = any(one.get("date1904") in TRUE for one in told)
    return CALENDAR_MAC_1904 if is_from_a_mac else CALENDAR_WINDOWS_1900


def _part(target: str) -> str:
    return str(PurePosixPath("/xl", target)).removeprefix("/")


def _relation(sheet: ElementTree.Element) -> str | None:
    return next((value for name, value in sheet.items() if name.endswith("}id")), None)


def _all(archive: zipfile.ZipFile, part: str, name: str) -> list[ElementTree.Element]:
    return _root(archive, part).findall(f".//{{*}}{name}")


def _root(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    with archive.open(part) as file:
        return ElementTree.parse(file).getroot()
