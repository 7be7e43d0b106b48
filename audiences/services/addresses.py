"""One spelling per mailbox and per telephone, so that nobody stands in the list twice."""

import re
import unicodedata
from functools import lru_cache

import email_validator
import phonenumbers
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

DEFAULT_REGION = "DE"
QUOTED_LENGTH = 80

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_LOCAL_PART_LENGTH = 64
# Letters of any script (RFC 6531), for servers that speak SMTPUTF8.
_PLAIN_LOCAL_PART = re.compile(r"[\w+-]+(?:\.[\w+-]+)*")
_SEPARATORS = re.compile(r"[\s()/.\u2010-\u2014-]")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)
# A column of numbers, written out with decimals: read as a separator, the point would lend its
# digits to the number, and make it another's.
_DECIMAL = re.compile(r"(?P<number>\+?\d{6,})[.,](?:0+|(?P<rest>\d))")
# Reserved for films and tests (Ofcom 07700 900xxx, NANPA 555-01xx, Arcep 06 39 98 xx xx): the
# numbering plans' metadata calls them invalid, examples and rehearsals are made of them.
_FICTION = re.compile(r"\+447700900\d{3}|\+1[2-9]\d{2}55501\d{2}|\+3363998\d{4}")

_WITHOUT_TEXTS = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
    PhoneNumberType.PAGER,
}


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
        number = _parsed(written, region.upper())
    except NumberParseException as error:
        raise InvalidAddress(_("“%(value)s” is not a phone number.") % _quoted(value)) from error
    if number.extension:
        raise InvalidAddress(
            _("“%(value)s” has an extension: no message reaches it.") % _quoted(value)
        )
    canonical: str = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if re.search(r"[^\W\d_]", written) or not _exists(number, canonical):
        raise InvalidAddress(_("“%(value)s” is not a phone number.") % _quoted(value))
    return canonical


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


def _parsed(written: str, region: str) -> phonenumbers.PhoneNumber:
    code = str(phonenumbers.country_code_for_region(region))
    digits = _SEPARATORS.sub("", written)
    if digits.isdigit() and digits.startswith(code):
        # Many exports drop the plus; where the country's own code leads, it was there.
        international = phonenumbers.parse(f"+{digits}")
        if phonenumbers.is_valid_number(international):
            return international
    return phonenumbers.parse(written, region)


def _exists(number: phonenumbers.PhoneNumber, canonical: str) -> bool:
    return bool(_FICTION.fullmatch(canonical)) or phonenumbers.is_valid_number(number)


def _trimmed(value: str) -> str:
    return value.strip().strip(_INVISIBLE).strip()


def _quoted(value: str) -> dict[str, str]:
    """Control characters and line breaks would break the report that quotes them."""
    shown = "".join(sign if sign.isprintable() else " " for sign in value.strip())
    return {"value": shown if len(shown) <= QUOTED_LENGTH else f"{shown[:QUOTED_LENGTH]}…"}
