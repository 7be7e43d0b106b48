"""What is known of a file before anybody has said what its columns are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from audiences.services.intake import columns, files, headings
from audiences.services.intake.headings import Proposal
from audiences.services.intake.raw import RawRow, UnreadableFile

_EXAMPLES = 3


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


def open_file(path: Path, region: str) -> Opened:
    """:raises UnreadableFile: here or on the way through its rows."""
    table = files.read(path)
    first = next(table.rows, None)
    if first is None or first.problem:
        raise UnreadableFile(first.problem if first else _("The file is empty."))
    proposal = headings.propose(first.cells, region)
    return Opened(
        rows=table.rows if proposal.has_headings else chain([first], table.rows),
        headings=_headings(first.cells, proposal),
        mapping={str(place): field for place, field in enumerate(proposal.fields)},
        notes=(*table.notes, *_remark(proposal)),
    )


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


def _examples(place: int, some: Sequence[RawRow]) -> list[str]:
    found = (row.cells[place].strip() for row in some if place < len(row.cells))
    return list(dict.fromkeys(cell[:60] for cell in found if cell))[:_EXAMPLES]
