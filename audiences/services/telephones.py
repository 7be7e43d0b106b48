"""Telephone numbers as people and spreadsheets write them: with their country, or without."""

import re
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

_SEPARATORS = re.compile(r"[\s()/.\u2010-\u2014-]")
# Reserved for films and tests (Ofcom 07700 900xxx, NANPA 555-01xx, Arcep 06 39 98 xx xx): the
# numbering plans' metadata calls them invalid, examples and rehearsals are made of them.
_FICTION = re.compile(r"\+447700900\d{3}|\+1[2-9]\d{2}55501\d{2}|\+3363998\d{4}")


class Completed(StrEnum):
    """What was added to digits that stood alone."""

    NOT = "not"
    HERE = "here"
    ABROAD = "abroad"


class TwoTelephones(ValueError):
    """The digits are a number here, and with a plus in front another one."""


def read(
    written: str, region: str, *, is_its_own: bool = False
) -> tuple[PhoneNumber | None, Completed]:
    """The number that somebody in `region` means, None where there is none; whether the region is
    said of this number, or is everybody's.

    :raises TwoTelephones: there are two.
    """
    digits = _SEPARATORS.sub("", written)
    if not digits.isdigit() or digits.startswith("0"):
        return _existing(written, region), Completed.NOT
    return _read_bare(phonenumbers.normalize_digits_only(digits), region, is_its_own)


def canonical(number: PhoneNumber) -> str:
    """E.164."""
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def _read_bare(digits: str, region: str, is_its_own: bool) -> tuple[PhoneNumber | None, Completed]:
    """Many exports drop the plus, and spreadsheets the zero in front. Several numbering plans, the
    German one too, leave open how long a number is: nearly all digits may be one of theirs.
    """
    there = _existing(f"+{digits}")
    leads = digits.startswith(str(phonenumbers.country_code_for_region(region)))
    if leads and there:
        return there, Completed.HERE
    here = _existing(digits, region)
    if here and _as_its_country_writes(here) == digits:
        return here, Completed.NOT
    if here is None:
        return there, Completed.ABROAD
    # Where the own country's code leads, a digit may be missing.
    if (there and not is_its_own) or (leads and _is_long_enough(f"+{digits}")):
        raise TwoTelephones
    return here, Completed.HERE


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


def _is_long_enough(written: str) -> bool:
    number = _parsed(written, None)
    return number is not None and phonenumbers.is_possible_number(number)


def _as_its_country_writes(number: PhoneNumber) -> str:
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return str(phonenumbers.normalize_digits_only(national))
