"""Rows of cells and the shared texts of a workbook, straight from its XML.

openpyxl makes objects of every cell: a list of 100,000 people takes it four times as long.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import IO, NamedTuple
from xml.parsers import expat

from django.utils.translation import gettext as _

from audiences.services.intake.raw import CELL_LIMIT, UnreadableFile

_BLOCK = 1 << 16
# Of a text, and of a cell's value; how a text is pronounced stands beside it in the same element.
_TEXTS, _PRONUNCIATION = frozenset({"t", "v"}), "rPh"

# Of an attribute (XML Schema, xsd:boolean).
TRUE = frozenset({"1", "true"})


class RawCell(NamedTuple):
    column: int
    kind: str
    style: int
    text: str


class RawSheetRow(NamedTuple):
    line: int
    cells: list[RawCell]
    is_hidden: bool


class _Reader:
    """Collects what closed since it was asked last."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._add
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._text: list[str] = []
        self._length = 0
        self._is_text = self._is_pronunciation = False

    def feed(self, file: IO[bytes]) -> Iterator[None]:
        while block := file.read(_BLOCK):
            self._parser.Parse(block)
            yield
        self._parser.Parse(b"", True)
        yield

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name in _TEXTS:
            self._is_text = not self._is_pronunciation
        elif name == _PRONUNCIATION:
            self._is_pronunciation = True
        else:
            self.opened(name, attributes)

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name in _TEXTS:
            self._is_text = False
        elif name == _PRONUNCIATION:
            self._is_pronunciation = False
        else:
            self.closed(name)

    def _add(self, text: str) -> None:
        if self._is_text:
            self._text.append(text)
            self._length += len(text)
            if self._length > CELL_LIMIT:
                raise UnreadableFile(
                    _("A cell holds more than %(limit)s characters: shorten it, or leave it out.")
                    % {"limit": f"{CELL_LIMIT:,}"}
                )

    def _refuse(self, *_what: object) -> None:
        raise ValueError("No workbook declares entities.")

    def taken(self) -> str:
        text = "".join(self._text)
        self._text.clear()
        self._length = 0
        return text

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """An element began that is no text."""

    def closed(self, name: str) -> None:
        """An element ended that is no text."""


class _SheetReader(_Reader):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[RawSheetRow] = []
        self._line = self._column = 0
        self._cell = ("n", 0)

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            place = attributes.get("r", "")
            self._column = _column(place.rstrip("0123456789")) if place else self._column + 1
            self._cell = (attributes.get("t", "n"), int(attributes.get("s", 0)))
        elif name == "row":
            self._line, self._column = int(attributes.get("r", self._line + 1)), 0
            self.rows.append(RawSheetRow(self._line, [], attributes.get("hidden") in TRUE))

    def closed(self, name: str) -> None:
        if name == "c" and (text := self.taken()):
            self.rows[-1].cells.append(RawCell(self._column, *self._cell, text))

    def complete(self, *, is_over: bool) -> list[RawSheetRow]:
        """The rows that are closed: the last one may still be open."""
        done = len(self.rows) if is_over else max(len(self.rows) - 1, 0)
        rows, self.rows = self.rows[:done], self.rows[done:]
        return rows


class _TextReader(_Reader):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def closed(self, name: str) -> None:
        if name == "si":
            self.texts.append(self.taken())


def rows(file: IO[bytes]) -> Iterator[RawSheetRow]:
    reader = _SheetReader()
    for _block in reader.feed(file):
        yield from reader.complete(is_over=False)
    yield from reader.complete(is_over=True)


def texts(file: IO[bytes]) -> list[str]:
    reader = _TextReader()
    for _block in reader.feed(file):
        pass
    return reader.texts


@lru_cache(maxsize=20_000)
def _column(letters: str) -> int:
    """A is the first, AA the 27th."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    if not 0 < number <= 16_384:
        raise ValueError(letters)
    return number
