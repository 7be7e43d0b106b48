"""Languages, time zones and companies as files write them."""

import zoneinfo
from functools import lru_cache

from audiences import languages
from audiences.models import Account

_LANGUAGE_WORDS = {"deutsch": "de", "german": "de", "englisch": "en", "english": "en"}
_LANGUAGES = frozenset(languages.codes())
# By how somebody types it: europe/berlin.
_TIME_ZONES = {zone.casefold(): zone for zone in zoneinfo.available_timezones()}

_COMPANY = Account._meta.get_field("name_folded")


def language(written: str) -> str:
    """Its code: “Deutsch” and de-AT are de; "" where it is not offered."""
    spoken = written.casefold().replace("_", "-")
    code = _LANGUAGE_WORDS.get(spoken, spoken.partition("-")[0])
    return code if code in _LANGUAGES else ""


def time_zone(written: str) -> str:
    """Its name; "" where it is unknown."""
    return _TIME_ZONES.get(written.casefold().replace(" ", "_"), "")


# In a file, the same ones come again and again.
@lru_cache(maxsize=4096)
def company(written: str) -> str:
    """Its name without what its spelling adds, as accounts are looked up; see folding.py."""
    return _COMPANY.of(written)
