"""The text of a cell as people see it in their spreadsheet."""

import re
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

# ISO/IEC 29500, ST_Xstring: characters that XML cannot hold.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# Signs around the digits: "+"0, \+0, 00000, #,##0.00, 0%.
_NUMBER = re.compile(
    r'(?P<before>(?:"[^"]*"|\\.|[+ ])*)(?P<digits>[0#?,]+)(?:\.(?P<decimals>0+))?(?P<percent>%?)'
)
_DATE_PARTS = re.compile(r"yyyy|yy|mm|m|dd|d|hh|h|ss|s", re.IGNORECASE)
_NOT_SHOWN = re.compile(r'\[[^\]]*\]|\\|"')


def text(cell: Any) -> str:
    """What a value shows in its `number_format`."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return unescaped(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, cell.number_format or "")
    if isinstance(value, datetime | date | time):
        return _moment(value, cell.number_format or "")
    return str(value)


def unescaped(value: str) -> str:
    return _ESCAPED.sub(_meant, value) if "_x" in value else value


def _meant(found: re.Match[str]) -> str:
    sign = chr(int(found[1], 16))
    # No database stores a NUL, and half a surrogate pair is no character.
    return "" if sign == "\0" or "\ud800" <= sign <= "\udfff" else sign


def _number(value: float, number_format: str) -> str:
    """All its digits, without a separator of thousands: each country has another."""
    shown = _NUMBER.fullmatch(number_format.partition(";")[0].strip())
    if shown is None or not shown["digits"].strip("#?,"):
        return _prefix(shown) + _plain(value)
    places = len(shown["decimals"] or "")
    if shown["percent"]:
        return f"{value * 100:.{places}f}%"
    if places:
        return f"{value:.{places}f}"
    # A phone number may show more zeros than the number has: 00000, or "0"000.
    zeros = shown["digits"].count("0") if "," not in shown["digits"] else 1
    return _prefix(shown) + f"{value:.0f}".zfill(zeros)


def _prefix(shown: re.Match[str] | None) -> str:
    return _NOT_SHOWN.sub("", shown["before"]).strip() if shown else ""


def _plain(value: float) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    return repr(value)


def _moment(value: datetime | date | time, number_format: str) -> str:
    if pattern := _pattern(number_format):
        return value.strftime(pattern)
    if isinstance(value, datetime):
        has_time = (value.hour, value.minute, value.second) != (0, 0, 0)
        return f"{value:%Y-%m-%d %H:%M}" if has_time else f"{value:%Y-%m-%d}"
    return value.isoformat()


@lru_cache(maxsize=256)
def _pattern(number_format: str) -> str:
    """For strftime; "" where the format depends on the reader's country, or names a month."""
    shown = _NOT_SHOWN.sub("", number_format.partition(";")[0]).replace("%", "%%")
    # The built-in short date: every Excel shows its own country's.
    if shown.lower() in {"", "general", "@", "mm-dd-yy"}:
        return ""
    pattern = _DATE_PARTS.sub(_part, shown)
    return "" if re.search(r"(?<!%)[A-Za-z]", pattern.replace("%-", "%")) else pattern


def _part(found: re.Match[str]) -> str:
    written, around = found[0].lower(), found.string.lower()
    if written in {"m", "mm"}:
        before = re.search(r"h+\W*$", around[: found.start()])
        after = re.match(r"\W*s", around[found.end() :])
        written = ("n" if before or after else "m") * len(written)
    return {
        **{"yyyy": "%Y", "yy": "%y", "mm": "%m", "m": "%-m", "dd": "%d", "d": "%-d"},
        **{"hh": "%H", "h": "%-H", "nn": "%M", "n": "%-M", "ss": "%S", "s": "%-S"},
    }[written]
