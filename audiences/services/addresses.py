"""One spelling per mailbox and per telephone, so that nobody stands in the list twice."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import email_validator
import phonenumbers
from django.utils.translation import gettext as _
from phonenumbers import PhoneNumberType

from audiences.services import telephones
from audiences.services.telephones import Completed

DEFAULT_REGION = "DE"
QUOTED_LENGTH = 80

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_LOCAL_PART_LENGTH = 64
# Letters of any script (RFC 6531), for servers that speak SMTPUTF8.
_PLAIN_LOCAL_PART = re.compile(r"[\w+-]+(?:\.[\w+-]+)*")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)
# A column of numbers, written out with decimals: read as a separator, the point would lend its
# digits to the number, and make it another's.
_DECIMAL = re.compile(r"(?P<number>\+?\d{6,})[.,](?:0+|(?P<rest>\d))")
_WITHOUT_TEXTS = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
    PhoneNumberType.PAGER,
}


class Telephone(NamedTuple):
    # E.164.
    number: str
    completed: Completed
    # What the same digits may be besides; "" for nothing.
    other: str = ""


class InvalidAddress(ValueError):
    """Nobody can be reached under this; the message quotes the value and says why."""


def normalise_email(value: str) -> str:
    """The one spelling of a mailbox: lower case, and the domain as it goes over the wire.

    Lower-casing the part before the @ is a convention, not a standard: no provider of
    today tells two people apart by it, and our recipients type it either way.

    :raises InvalidAddress: no mailbox, or more than one.
    """
    address = _trimmed(value).removeprefix("mailto:")
    if address.count("@") > 1 and re.search(r"[;,\s]", address):
        raise InvalidAddress(_("“%(value)s” holds more than one address.") % _quoted(value))
    if "@" not in address:
        raise InvalidAddress(_("“%(value)s” has no @.") % _quoted(value))
    local, _at, domain = address.rpartition("@")
    local = unicodedata.normalize("NFC", local)
    try:
        if len(local.encode()) > _LOCAL_PART_LENGTH:
            raise email_validator.EmailSyntaxError("RFC 5321 §4.5.3.1.1 counts octets.")
        if _PLAIN_LOCAL_PART.fullmatch(local):
            return f"{local.lower()}@{_canonical_domain(domain)}"
        found = _validated(address)
    except email_validator.EmailNotValidError as error:
        raise InvalidAddress(_("“%(value)s” is not an e-mail address.") % _quoted(value)) from error
    return f"{found.local_part.lower()}@{found.ascii_domain}"


def may_take_texts(number: str) -> bool:
    """Whether a number, as we store it, is none of those that never get a text message; for many
    countries the numbering plan cannot tell."""
    kind = phonenumbers.number_type(phonenumbers.parse(number))
    return kind not in _WITHOUT_TEXTS


def normalise_domain(value: str) -> str:
    """The part after the @, as stored addresses have it.

    :raises InvalidAddress: no address can end with it.
    """
    try:
        return _canonical_domain(_trimmed(value).removeprefix("@").removesuffix("."))
    except email_validator.EmailNotValidError as error:
        raise InvalidAddress(
            _("“%(value)s” is no domain of e-mail addresses: write it like gmail.com.")
            % _quoted(value)
        ) from error


def normalise_phone(value: str, region: str = DEFAULT_REGION) -> str:
    """E.164; `region` explains numbers that are written without their country.

    :raises InvalidAddress: no telephone number, more than one, or one with an extension.
    """
    return read_phone(value, region).number


def read_phone(value: str, region: str, *, is_its_own: bool = False) -> Telephone:
    """The same, and what had to be added to what somebody wrote; `is_its_own` where the region is
    said of this number.

    :raises InvalidAddress: as above, and where the digits may be two telephones.
    """
    # Spreadsheets mark a cell as text with an apostrophe in front.
    written = _trimmed(value).removeprefix("'").removeprefix("tel:")
    if _SCIENTIFIC.fullmatch(written):
        raise InvalidAddress(
            _("“%(value)s” was shortened by a spreadsheet: the digits are lost.") % _quoted(value)
        )
    decimal = _DECIMAL.fullmatch(written)
    if decimal and decimal["rest"]:
        raise InvalidAddress(_("“%(value)s” is not a phone number.") % _quoted(value))
    written = decimal["number"] if decimal else written
    try:
        number, completed, other = telephones.read(written, region.upper(), is_its_own=is_its_own)
    except telephones.TwoTelephones as two:
        said = _(
            "“%(value)s” may be two telephones, %(here)s or %(there)s: write it with + or 00 and"
            " its country’s code."
        )
        readings = {"here": two.here, "there": two.there}
        raise InvalidAddress(said % (_quoted(value) | readings)) from two
    if number is None or re.search(r"[^\W\d_]", written):
        raise InvalidAddress(_("“%(value)s” is not a phone number.") % _quoted(value))
    if number.extension:
        raise InvalidAddress(
            _("“%(value)s” has an extension: no message reaches it.") % _quoted(value)
        )
    return Telephone(
        telephones.canonical(number), completed, telephones.canonical(other) if other else ""
    )


def _validated(address: str) -> email_validator.ValidatedEmail:
    # "Test environment" is what lets the reserved .test domains in; nothing else depends on it.
    return email_validator.validate_email(
        address, check_deliverability=False, test_environment=True
    )


@lru_cache(maxsize=4096)
def _canonical_domain(domain: str) -> str:
    """Most of the work is in the domain, and a customer list has few of them."""
    # As long as a local part may be, so that the limit on the whole address counts too.
    return _validated(f"{'x' * _LOCAL_PART_LENGTH}@{domain}").ascii_domain


def _trimmed(value: str) -> str:
    return value.strip().strip(_INVISIBLE).strip()


def _quoted(value: str) -> dict[str, str]:
    """Control characters and line breaks would break the report that quotes them."""
    shown = "".join(sign if sign.isprintable() else " " for sign in value.strip())
    return {"value": shown if len(shown) <= QUOTED_LENGTH else f"{shown[:QUOTED_LENGTH]}…"}
