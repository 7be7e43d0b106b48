"""What is known of a file before anybody has said what its columns are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from audiences.services.intake import columns, files, headings
from audiences.services.intake.headings import Proposal
from audiences.services.intake.raw import RawRow, UnreadableFile

_EXAMPLES = 3
# Lines above the headings that are looked through for them.
_TITLES = 10
# A list of people has a few dozen, and their headings are words.
_COLUMNS, _HEADING_LENGTH = 1_000, 200


@dataclass(frozen=True)
class Opened:
    """Its rows without the headings, what each column seems to hold, and remarks."""

    rows: Iterator[RawRow]
    headings: tuple[str, ...]
    mapping: dict[str, str]
    notes: tuple[str, ...]

    def first_look(self, some: Sequence[RawRow]) -> dict[str, Any]:
        """What the page about the columns shows, and the language it was asked for in."""
        return {
            "headings": list(self.headings),
            "examples": [_examples(place, some) for place in range(len(self.headings))],
            "notes": list(self.notes),
            "language": get_language() or "",
        }


@dataclass(frozen=True)
class Reading:
    """How somebody says that a file is to be read; what they leave open is found out."""

    sheet: str = ""
    # Lines above the headings.
    skip_rows: int | None = None
    # What a column is, by its heading or number.
    columns: Mapping[str, str] = field(default_factory=dict)


AS_FOUND = Reading()


def open_file(path: Path, region: str, reading: Reading = AS_FOUND) -> Opened:
    """:raises UnreadableFile: here or on the way through its rows."""
    table = files.read(path, reading.sheet)
    first, rows, skipped = _begin(table.rows, reading.skip_rows)
    if len(first.cells) > _COLUMNS:
        limit = {"limit": f"{_COLUMNS:,}"}
        raise UnreadableFile(
            _("There are more than %(limit)s columns: is it the right sheet?") % limit
        )
    named = [cell[:_HEADING_LENGTH] for cell in first.cells]
    try:
        proposal = headings.propose(named, region, reading.columns)
    except headings.UnknownHeading as error:
        raise UnreadableFile(str(error)) from error
    return Opened(
        rows=rows if proposal.has_headings else chain([first], rows),
        headings=_headings(named, proposal),
        mapping={str(place): field for place, field in enumerate(proposal.fields)},
        notes=(*table.notes, *skipped, *_remark(proposal)),
    )


def _begin(
    rows: Iterator[RawRow], skip_rows: int | None
) -> tuple[RawRow, Iterator[RawRow], Sequence[str]]:
    """The row of headings, what follows, and what is to be said about lines above it."""
    if skip_rows is not None:
        rows = (row for row in rows if row.line > skip_rows)
    start = list(islice(rows, 1 if skip_rows is not None else _TITLES + 1))
    if not start or start[0].problem:
        raise UnreadableFile(start[0].problem if start else _("The file is empty."))
    place = _place_of_headings(start)
    skipped: tuple[str, ...] = ()
    if place:
        said = _("The headings were found in line %(line)s; what stands above it is left out.")
        skipped = (said % {"line": start[place].line},)
    return start[place], chain(start[place + 1 :], rows), skipped


def _place_of_headings(start: Sequence[RawRow]) -> int:
    """Below a title or two; the first row where none looks like headings."""
    for place, row in enumerate(start):
        if headings.are_headings(row.cells):
            return place
        if row.problem or headings.holds_address(row.cells):
            break
    return 0


def _headings(cells: Sequence[str], proposal: Proposal) -> tuple[str, ...]:
    return tuple(
        cell.strip() if proposal.has_headings and cell.strip() else _column(place)
        for place, cell in enumerate(cells)
    )


def _column(place: int) -> str:
    return _("column %(number)s") % {"number": place + 1}


def _remark(proposal: Proposal) -> Iterator[str]:
    if not proposal.has_headings:
        named = ", ".join(
            f"{place + 1} = {columns.label(field)}" for place, field in enumerate(proposal.fields)
        )
        yield _("There are no headings; the columns were read as: %(columns)s.") % {
            "columns": named
        }
    for heading in proposal.passed_over:
        said = _("Another column says the same more clearly: “%(heading)s” goes into the profile.")
        yield said % {"heading": heading[:80]}


def _examples(place: int, some: Sequence[RawRow]) -> list[str]:
    found = (row.cells[place].strip() for row in some if place < len(row.cells))
    return list(dict.fromkeys(cell[:60] for cell in found if cell))[:_EXAMPLES]
