"""How a person may be spelled in other people's texts, as regular expressions for both databases.

Names also the other way round, addresses with the letters of their domain, numbers with any
separators. What only hints at somebody no software finds.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote

import phonenumbers

from audiences.models import Channel
from audiences.services import hints
from audiences.services.personal_data import Person
from audiences.services.spelling import as_read

_BETWEEN_DIGITS = r"[\s()/.\u2010-\u2014'\u2019_-]{0,3}"
_BETWEEN_WORDS = r"(?:\s|&nbsp;)+"
# As word processors, HTML and the addresses of web pages write them.
_SPELLED = {
    "'": r"(?:['\u2019\u02bc`\u00b4]|&\#x?(?:27|39);)",
    "\u2019": r"(?:['\u2019\u02bc`\u00b4]|&\#x?(?:27|39);)",
    "-": r"[\u2010-\u2013-]",
    "&": r"(?:&amp;|&)",
    "@": r"(?:@|%40)",
    "+": r"(?:\+|%2B)",
}
# Without its country or a leading zero, a shorter number may count anything.
_TELLING_DIGITS = 9


# ana@… is not meant by diana@… or by ana@….de, but by _ana@…_ in Markdown.
_BEFORE_MAIL = r"(?:(?<![\w.+-])|(?<=(?<![\w.+-])_)|(?<=(?<![\w.+-])__))"


@dataclass(frozen=True)
class Sign:
    """`core` names the person; the others see to it that it is no part of a longer word."""

    core: str
    # Between underscores, Markdown stresses it.
    before: str = r"(?<![^\W_])"
    after: str = r"(?![^\W_])"
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
    return _texts(orders(name))


def orders(name: str) -> list[str]:
    """As it is, and with the surname first."""
    words = name.replace(",", " ").split()
    turned = [words[-1], *words[:-1]]
    with_comma = [f"{words[-1]},", *words[:-1]]
    with_first_last = [*words[1:], words[0]]
    return [" ".join(some) for some in (words, turned, with_comma, with_first_last)]


def of_addresses(person: Person) -> list[Sign]:
    signs: list[Sign] = []
    for channel, address in person.addresses.items():
        signs += _number(address) if channel == Channel.SMS else _mail(address)
    return signs


def _mail(address: str) -> list[Sign]:
    local = address.rpartition("@")[0]
    letters = as_read(address).removeprefix(f"{local}@")
    found = _texts({address, f"{local}@{letters}", f"{local}@{quote(letters)}"})
    return [replace(sign, before=_BEFORE_MAIL, after=r"(?![^\W_]|-|\.\w)") for sign in found]


def _texts(texts: Iterable[str]) -> list[Sign]:
    """Each in both ways in which Unicode writes an umlaut."""
    forms = {unicodedata.normalize(form, text) for text in texts for form in ("NFC", "NFD")}
    return [
        Sign(_BETWEEN_WORDS.join(map(_spelled, form.split())), hint=hints.of_text(form))
        for form in sorted(forms, key=len)
    ]


def _spelled(word: str) -> str:
    return "".join(_SPELLED.get(letter) or re.escape(letter) for letter in word)


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
