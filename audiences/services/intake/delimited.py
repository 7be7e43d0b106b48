"""Text with separators, as spreadsheets save it, becomes rows of cells."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _

from audiences.services.intake import encodings
from audiences.services.intake.raw import CELL_LIMIT, RawRow, Table, UnreadableFile

SEPARATORS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


def read(path: Path) -> Table:
    """Walk the rows of a file; only one of them is in memory at a time.

    :raises UnreadableFile: on the way: no text, or a quote that swallows the lines after it.
    """
    encoding = encodings.guess(path)
    line = encodings.mixed_line(path, encoding)
    return Table(_rows(path, encoding), () if line is None else (_mixed(line),))


def _rows(path: Path, encoding: str) -> Iterator[RawRow]:
    try:
        with path.open(encoding=encoding, newline="") as file:
            yield from _records(file)
    except UnicodeError as error:
        raise UnreadableFile(str(encodings.NO_TEXT)) from error


def _records(file: TextIO) -> Iterator[RawRow]:
    separator, skipped = _separator(file)
    lines = _Lines(file)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    done = 0
    while True:
        line = skipped + done + 1
        lines.had_nul = False
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if reader.line_num - done > 1:
                raise UnreadableFile(
                    _(
                        "Line %(line)s: a quotation mark opens here and is not closed properly, so "
                        "the lines after it cannot be read. Nothing was imported."
                    )
                    % {"line": line}
                ) from error
            yield RawRow(line, problem=_faulty())
        else:
            if max(map(len, cells), default=0) > CELL_LIMIT:
                yield RawRow(line, problem=_faulty())
            elif any(cell.strip() for cell in cells):
                yield RawRow(line, tuple(cells), had_nul=lines.had_nul)
        done = reader.line_num


def _mixed(line: int) -> str:
    return _(
        "The file is in two encodings: line %(line)s is in UTF-8, others are not, so some letters"
        " are read wrongly (“Ã¼” for “ü”). Open it in a spreadsheet, mend them, and save it as"
        " UTF-8."
    ) % {"line": line}


def _faulty() -> str:
    return _("The quotation marks do not match, or a cell is far too long.")


def _separator(file: TextIO) -> tuple[str, int]:
    """The separator, and how many lines to skip; the file stands behind them."""
    first = file.readline()
    if told := _SEPARATOR_LINE.fullmatch(first):
        return told.group(1), 1
    sample = first
    while not sample.strip() and (sample := file.readline()):
        pass
    file.seek(0)
    outside_quotes = re.sub(r'"[^"]*"', "", sample)
    return max(SEPARATORS, key=outside_quotes.count), 0


class _Lines:
    """The lines without NUL, which no database stores, and whether the last record had any."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.had_nul = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._file)
        if "\0" not in line:
            return line
        self.had_nul = True
        return line.replace("\0", "")
