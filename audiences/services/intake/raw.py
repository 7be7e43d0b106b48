"""What every kind of file becomes first: rows of texts, each with the line it started on."""

from collections.abc import Iterator
from dataclasses import dataclass

# Excel's own: https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
CELL_LIMIT = 32_767


class UnreadableFile(ValueError):
    """The file cannot be read to its end, so nothing of it is used; the message says why."""


@dataclass(frozen=True)
class RawRow:
    """The cells of one record, or what is wrong with it."""

    line: int
    cells: tuple[str, ...] = ()
    problem: str = ""
    had_nul: bool = False
    # In a workbook, by a filter or by hand.
    is_hidden: bool = False


@dataclass(frozen=True)
class Table:
    """The rows of a file, one at a time, and what is to be said about it as a whole."""

    rows: Iterator[RawRow]
    notes: tuple[str, ...] = ()
    # Of a workbook: what its sheets are called, and which of them this is.
    sheets: tuple[str, ...] = ()
    sheet: str = ""
