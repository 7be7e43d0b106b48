"""How a person may be spelled in other people's texts, as regular expressions for both databases.

Names also the other way round, addresses with the letters of their domain, numbers with any
separators. What only hints at somebody no software finds.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

import idna
import phonenumbers

from audiences.models import Channel
from audiences.services import hints
from audiences.services.personal_data import Person

_BETWEEN_DIGITS = r"[ ()/.\u2013-]{0,3}"
# Without its country or a leading zero, a shorter number may count anything.
_TELLING_DIGITS = 9


@dataclass(frozen=True)
class Sign:
    """`core` names the person; the others see to it that it is no part of a longer word."""

    core: str
    before: str = r"(?<!\w)"
    after: str = r"(?!\w)"
    # What is enough to look closer, see hints.py; "" where letters are too few.
    hint: str = ""

    @property
    def searched(self) -> str:
        """What finds candidates in a column without a hint."""
        return "".join(map(_in_json, self.core))

    @property
    def whole(self) -> str:
        return f"{self.before}(?:{self.core}){self.after}"


def of_name(name: str) -> list[Sign]:
    """As it is, and with the surname first."""
    words = name.replace(",", " ").split()
    turned = [words[-1], *words[:-1]]
    with_comma = [f"{words[-1]},", *words[:-1]]
    return _texts(" ".join(some) for some in (words, turned, with_comma))


def of_addresses(person: Person) -> list[Sign]:
    signs: list[Sign] = []
    for channel, address in person.addresses.items():
        signs += _number(address) if channel == Channel.SMS else _mail(address)
    return signs


def _mail(address: str) -> list[Sign]:
    local, _at, domain = address.rpartition("@")
    found = _texts({address, f"{local}@{_with_letters(domain)}"})
    # ana@… is not meant by diana@… or by ana@….de.
    return [replace(sign, before=r"(?<![\w.+-])", after=r"(?![\w-]|\.\w)") for sign in found]


def _with_letters(domain: str) -> str:
    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain


def _texts(texts: Iterable[str]) -> list[Sign]:
    """Each in both ways in which Unicode writes an umlaut."""
    forms = {unicodedata.normalize(form, text) for text in texts for form in ("NFC", "NFD")}
    return [
        Sign(r"\s+".join(map(re.escape, form.split())), hint=hints.of_text(form))
        for form in sorted(forms, key=len)
    ]


def _number(number: str) -> list[Sign]:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return [Sign(re.escape(number), r"(?<!\d)", hint=hints.of_text(number))]
    digits = phonenumbers.national_significant_number(parsed)
    own = _BETWEEN_DIGITS.join(digits)
    country = rf"(?:\+|00)?{parsed.country_code}{_BETWEEN_DIGITS}0?{_BETWEEN_DIGITS}"
    optional = "?" if len(digits) >= _TELLING_DIGITS else ""
    core = rf"(?:{country}|\(?0{_BETWEEN_DIGITS}){optional}{own}"
    return [Sign(core, hint=digits)]


def _in_json(letter: str) -> str:
    """JSON in a text column has escaped the letter, as it stands or in the other case."""
    if letter.isascii():
        return letter
    escaped = {json.dumps(one)[1:-1] for one in (letter, letter.lower(), letter.upper())}
    return f"(?:{letter}|{'|'.join(map(re.escape, sorted(escaped)))})"
