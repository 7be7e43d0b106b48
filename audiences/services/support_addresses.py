"""What a way to reach support may be called under: customers are told it, and click on it."""

import re
from collections.abc import Callable, Mapping

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from audiences.models import SupportWay
from audiences.services import addresses

Kind = SupportWay.Kind
# A short number, or one with brackets and strokes: it is read out, not dialled by a program.
_DIALLED = re.compile(r"\+?[\d\s()/.-]+")
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*:(?!\s)")
_FEWEST_DIGITS = 3
_is_web_page = URLValidator(schemes=["http", "https"])


class UnusableAddress(ValueError):
    """Nobody reaches us under it; the message says what is expected."""


def check(*, kind: str, address: str) -> None:
    """:raises UnusableAddress: it is none of its kind."""
    _CHECKS[Kind(kind)](address)


def _phone(address: str) -> None:
    if not _DIALLED.fullmatch(address) or len(re.findall(r"\d", address)) < _FEWEST_DIGITS:
        raise UnusableAddress(_("A phone number is expected, for example +49 30 23125 100."))


def _email(address: str) -> None:
    try:
        addresses.normalise_email(address)
    except addresses.InvalidAddress as error:
        raise UnusableAddress(str(error)) from error


def _web_page(address: str) -> None:
    try:
        _is_web_page(address)
    except ValidationError as error:
        raise UnusableAddress(
            _("A web address is expected, for example https://help.example.com.")
        ) from error


def _chat(address: str) -> None:
    """A web address, or how the chat is found in words."""
    if _SCHEME.match(address):
        _web_page(address)


_CHECKS: Mapping[str, Callable[[str], None]] = {
    Kind.PHONE: _phone,
    Kind.EMAIL: _email,
    Kind.CHAT: _chat,
    Kind.PORTAL: _web_page,
}
