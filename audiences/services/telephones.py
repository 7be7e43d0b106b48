"""Telephone numbers as people and spreadsheets write them: with their country, or without."""

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
)

_SEPARATORS = re.compile(r"[\s()/.\u2010-\u2014-]")
# Reserved for films and tests (Ofcom 07700 900xxx, NANPA 555-01xx, Arcep 06 39 98 xx xx): the
# numbering plans' metadata calls them invalid, examples and rehearsals are made of them.
_FICTION = re.compile(r"\+447700900\d{3}|\+1[2-9]\d{2}55501\d{2}|\+3363998\d{4}")
# Germany gives out 015x with eleven digits, 0176 and 01609 too, and all other mobiles with ten; the
# metadata leave room for one more. What needs it is rather a number of North America: 1 703 …
_TOO_LONG = re.compile(r"\+491(?:60[0-8]|6[1-9]\d|7[0-57-9]\d)\d{7}")
# What whole files are full of.
_PLAIN = re.compile(r"(?:\+[1-9]|0[1-9])[0-9 ()/.-]{5,20}")
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
    number = _plain(written, region)
    if number and phonenumbers.is_valid_number(number):
        return number
    number = _parsed(written, region)
    if number and (phonenumbers.is_valid_number(number) or _FICTION.fullmatch(canonical(number))):
        return number
    return None


def _plain(written: str, region: str | None) -> PhoneNumber | None:
    """What parsing gives, in a fraction of its time; None where there would be more to take off
    than a plus or a zero."""
    if not _PLAIN.fullmatch(written):
        return None
    digits = _SEPARATORS.sub("", written)
    if digits[0] == "0":
        country, rest = _with_zero(region), digits[1:]
    else:
        codes = (int(digits[1:end]) for end in (2, 3, 4))
        country = next((code for code in codes if code in COUNTRY_CODE_TO_REGION_CODE), 0)
        rest = digits[1 + len(str(country)) :]
    is_bare = country and rest and rest[0] != "0" and not _prefix(country).match(rest)
    return PhoneNumber(country_code=country, national_number=int(rest)) if is_bare else None


@lru_cache(maxsize=256)
def _with_zero(region: str | None) -> int:
    """The code of a country where a zero in front is all there is to a number within it; or 0."""
    known = PhoneMetadata.metadata_for_region(region or "", None)
    if known and (known.national_prefix_for_parsing, known.international_prefix) == ("0", "00"):
        return int(known.country_code or 0)
    return 0


@lru_cache(maxsize=256)
def _prefix(country: int) -> re.Pattern[str]:
    """What may be taken off in front of a number that has its country's code."""
    region = phonenumbers.region_code_for_country_code(country)
    known = PhoneMetadata.metadata_for_region_or_calling_code(country, region)
    # Without any, nothing is.
    return re.compile((known and known.national_prefix_for_parsing) or "(?!)")


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
