"""Countries as files name them: “Österreich”, “Austria”, “AUT”, “AT”, or the sign on a car, “A”."""

from collections.abc import Iterator
from functools import lru_cache

import phonenumbers
from babel import Locale
from babel.core import get_global

_LANGUAGES = ("de", "en")
# What the names and codes of Unicode's CLDR lack.
_ALSO_WRITTEN = {
    **{"a": "AT", "d": "DE"},
    **{"great britain": "GB", "großbritannien": "GB", "england": "GB", "scotland": "GB"},
    **{"schottland": "GB", "holland": "NL", "united states of america": "US"},
    **{"vereinigte staaten von amerika": "US", "turkey": "TR", "czech republic": "CZ"},
    **{"tschechische republik": "CZ", "hong kong": "HK", "hongkong": "HK"},
}


@lru_cache(maxsize=1024)
def region(written: str) -> str:
    """The two letters by which numbering plans know a country; "" where none is meant."""
    return _regions().get(" ".join(written.casefold().split()), "")


@lru_cache(maxsize=1)
def _regions() -> dict[str, str]:
    codes = ((code, code) for code in phonenumbers.SUPPORTED_REGIONS)
    return {
        name.casefold(): code
        for name, code in (*_ALSO_WRITTEN.items(), *_aliases(), *_names(), *codes)
        if code in phonenumbers.SUPPORTED_REGIONS
    }


def _aliases() -> Iterator[tuple[str, str]]:
    """Codes of three letters or digits, and UK."""
    for code, countries in get_global("territory_aliases").items():
        # Others fell apart.
        if len(countries) == 1:
            yield code, countries[0]


def _names() -> Iterator[tuple[str, str]]:
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            yield name, code
