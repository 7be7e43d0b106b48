"""What a row says about its account, besides which one it is."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences.models import Account, AudienceKind
from audiences.services.intake import words


class UnknownWord(ValueError):
    """A cell says what no account can have; the message names what it could say."""


def read(cells: Mapping[str, str]) -> dict[str, str]:
    """By the fields of an account; its manager as they were written.

    :raises UnknownWord: there is no such tier, kind, language or time zone.
    """
    said = {}
    for name, (field, understand) in _READ.items():
        if written := cells.get(name, ""):
            said[field] = understand(written)
    return said


def _tier(written: str) -> str:
    return _chosen(
        written, _spelled(Account.Tier), _("“%(value)s” is no tier. There are: %(all)s.")
    )


def _kind(written: str) -> str:
    # To be one of the team is nothing that a file says.
    known = {word: kind for word, kind in _spelled(AudienceKind).items() if kind != "internal"}
    said = _("“%(value)s” is no kind of account. There are: %(all)s.")
    return _chosen(written, known, said)


def _language(written: str) -> str:
    codes = {code: code for code, _name in settings.LANGUAGES}
    said = _("“%(value)s” is no language that is offered. There are: %(all)s.")
    return _chosen(words.language(written) or written, codes, said)


def _time_zone(written: str) -> str:
    if zone := words.time_zone(written):
        return zone
    said = _("“%(value)s” is no time zone: write it like Europe/Berlin.")
    raise UnknownWord(said % {"value": written[:60]})


def _manager(written: str) -> str:
    return written.casefold()


_READ: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "account_tier": ("tier", _tier),
    "account_kind": ("kind", _kind),
    "account_language": ("language", _language),
    "account_time_zone": ("time_zone", _time_zone),
    "account_manager": ("account_manager", _manager),
}
# Which components it uses is compared with those there are, see account_details.py.
FIELDS = frozenset({*_READ, "account_components"})


def _chosen(written: str, known: Mapping[str, str], said: str) -> str:
    if found := known.get(written.casefold()):
        return found
    values = ", ".join(dict.fromkeys(known.values()))
    raise UnknownWord(said % {"value": written[:60], "all": values})


@lru_cache(maxsize=2)
def _spelled(choices: type[Account.Tier] | type[AudienceKind]) -> dict[str, str]:
    """The values by themselves, and by their names in each language."""
    found = {one.value: one.value for one in choices}
    for code, _name in settings.LANGUAGES:
        with override(code):
            found |= {str(one.label).casefold(): one.value for one in choices}
    return found
