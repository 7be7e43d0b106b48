"""Telephone numbers as people and spreadsheets write them: with their country, or without."""

import re
from enum import StrEnum
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

_SEPARATORS = re.compile(r"[\s()/.\u2010-\u2014-]")
# Reserved for films and tests (Ofcom 07700 900xxx, NANPA 555-01xx, Arcep 06 39 98 xx xx): the
# numbering plans' metadata calls them invalid, examples and rehearsals are made of them.
_FICTION = re.compile(r"\+447700900\d{3}|\+1[2-9]\d{2}55501\d{2}|\+3363998\d{4}")
# Germany gives out 015x with eleven digits, 0176 and 01609 too, and all other mobiles with ten; the
# metadata leave room for one more. What needs it is rather a number of North America: 1 703 …
_TOO_LONG = re.compile(r"\+491(?:60[0-8]|6[1-9]\d|7[0-57-9]\d)\d{7}")
_MOBILE, _FIXED = PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE


class Completed(StrEnum):
    """What was added to digits that stood alone."""

    NOT = "not"
    HERE = "here"
    ABROAD = "abroad"
    # Another country's code would have been possible, too.
    SETTLED = "settled"


class Understood(NamedTuple):
    # None where there is none.
    number: PhoneNumber | None
    completed: Completed = Completed.NOT
    # The telephone that the same digits may be besides.
    other: PhoneNumber | None = None


class TwoTelephones(ValueError):
    """The digits are a number here, and with a plus in front another one."""

    def __init__(self, here: PhoneNumber, there: PhoneNumber) -> None:
        super().__init__()
        self.here, self.there = canonical(here), canonical(there)


def read(written: str, region: str, *, is_its_own: bool = False) -> Understood:
    """The number that somebody in `region` means; whether the region is said of this number, or is
    everybody's.

    :raises TwoTelephones: there are two.
    """
    digits = _SEPARATORS.sub("", written)
    if not digits.isdigit() or digits.startswith("0"):
        return Understood(_existing(written, region))
    return _read_bare(phonenumbers.normalize_digits_only(digits), region, is_its_own)


def canonical(number: PhoneNumber) -> str:
    """E.164."""
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def _read_bare(digits: str, region: str, is_its_own: bool) -> Understood:
    """Many exports drop the plus, and spreadsheets the zero in front. Several numbering plans, the
    German one too, leave open how long a number is: nearly all digits may be one of theirs.
    """
    there = _existing(f"+{digits}")
    leads = digits.startswith(str(phonenumbers.country_code_for_region(region)))
    if leads and there:
        return Understood(there, Completed.HERE)
    here = _existing(digits, region)
    if here is None:
        return Understood(there, Completed.ABROAD)
    is_whole = _as_its_country_writes(here) == digits
    if is_whole and not (there and _is_mobile_only(there, here)):
        return Understood(here)
    # Where the own country's code leads, a digit may be missing.
    if leads and (short := _possible(f"+{digits}")):
        raise TwoTelephones(here, short)
    if there is None:
        return Understood(here, Completed.HERE)
    if is_its_own and _is_likelier(here, there):
        return Understood(here, Completed.SETTLED, there)
    raise TwoTelephones(here, there)


def _is_likelier(here: PhoneNumber, there: PhoneNumber) -> bool:
    """The country of a row is mostly its address's: it tells nothing against a mobile from abroad.
    In North America, numbers do not show what they are."""
    kinds = _kinds(here, there)
    if kinds[1] == _MOBILE or _TOO_LONG.fullmatch(canonical(here)):
        return False
    return kinds[0] == _MOBILE or kinds == (_FIXED, _FIXED)


def _is_mobile_only(there: PhoneNumber, here: PhoneNumber) -> bool:
    kinds = _kinds(here, there)
    return kinds[1] == _MOBILE and kinds[0] not in (_MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def _kinds(*numbers: PhoneNumber) -> tuple[int, ...]:
    return tuple(map(phonenumbers.number_type, numbers))


def _existing(written: str, region: str | None = None) -> PhoneNumber | None:
    number = _parsed(written, region)
    if number and (_FICTION.fullmatch(canonical(number)) or phonenumbers.is_valid_number(number)):
        return number
    return None


def _parsed(written: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(written, region)
    except NumberParseException:
        return None


def _possible(written: str) -> PhoneNumber | None:
    number = _parsed(written, None)
    return number if number and phonenumbers.is_possible_number(number) else None


def _as_its_country_writes(number: PhoneNumber) -> str:
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return str(phonenumbers.normalize_digits_only(national))
