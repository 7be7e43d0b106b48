"""Which encoding a text file was saved in, since no file says so."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext_lazy as _

NO_TEXT = _(
    "This file is no list: it holds neither text nor a workbook, or it is damaged. Save the list"
    " as .xlsx or CSV."
)
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_BLOCK = 1 << 20
# Beside an ASCII letter, these are letters on an old Mac and, but for a few, signs on Windows …
_MAC_LETTER = re.compile(
    rb"[A-Za-z][\x81-\x84\x86-\x90\x98-\x9f]|[\x81-\x84\x86-\x90\x98-\x9f][a-z]"
)
# … and these the other way round.
_WINDOWS_LETTER = re.compile(rb"[A-Za-z][\xc0-\xff]|[\xc0-\xff][a-z]")

# What UTF-8 makes of a Western letter; nobody writes these two signs beside each other.
_UTF8_LETTER = re.compile(rb"\xc3[\x80-\xbf]")
_ONE_BYTE = ("cp1252", "mac-roman")


def guess(path: Path) -> str:
    """A byte order mark decides; else UTF-8 where it fits; else what the letters look like."""
    with path.open("rb") as file:
        start = file.read(4)
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            return encoding
    if len(start) == 4 and start[1] == start[3] == 0 != start[0]:
        return "utf-16-le"
    if len(start) == 4 and start[0] == start[2] == 0 != start[1]:
        return "utf-16-be"
    if _is_utf8(path):
        return "utf-8"
    # What Excel writes in Western Europe, on Windows or, as “CSV (Macintosh)”, on a Mac.
    return "mac-roman" if _is_from_a_mac(path) else "cp1252"


def mixed_line(path: Path, encoding: str) -> int | None:
    """The first line of a file put together from several, where it is in another encoding."""
    if encoding not in _ONE_BYTE:
        return None
    line = 1
    for block in _blocks(path):
        newline = b"\n" if b"\n" in block else b"\r"
        if found := _UTF8_LETTER.search(block):
            return line + block.count(newline, 0, found.start())
        line += block.count(newline)
    return None


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(path):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_from_a_mac(path: Path) -> bool:
    mac = windows = returns = newlines = 0
    for block in _blocks(path):
        mac += len(_MAC_LETTER.findall(block))
        windows += len(_WINDOWS_LETTER.findall(block))
        returns += block.count(b"\r")
        newlines += block.count(b"\n")
    # Only old Macs end their lines by a bare return.
    return mac > windows or (returns > 0 and newlines == 0 and mac >= windows)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
