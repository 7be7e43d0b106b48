"""On which days a country, or a part of it, does not work: "DE", or "DE-BY" for Bavaria."""

from datetime import date
from functools import lru_cache

import holidays
from django.utils.translation import gettext as _

# For example; the whole list is longer than anybody reads.
_SOME_COUNTRIES = "DE, AT, CH, GB, US"


class UnknownHolidays(ValueError):
    """There is no such country or part of one; the message says what there is."""


def is_holiday(code: str, day: date) -> bool:
    """False where no code is given, or none that is known: rather a call too many than none."""
    try:
        return bool(code) and day in _days(code, day.year)
    except UnknownHolidays:
        return False


def check(code: str) -> None:
    """:raises UnknownHolidays: it is not the code of a country, or of a part of one."""
    country, _dash, part = code.partition("-")
    known = _countries()
    if country not in known:
        raise UnknownHolidays(
            _("“%(code)s” is no country with known holidays. For example: %(some)s.")
            % {"code": country, "some": _SOME_COUNTRIES}
        )
    if _dash and part not in known[country]:
        parts = ", ".join(f"{country}-{one}" for one in known[country])
        raise UnknownHolidays(
            _("%(country)s has no part “%(part)s”. Possible are: %(parts)s.")
            % {"country": country, "part": part, "parts": ", ".join(filter(None, (country, parts)))}
        )


@lru_cache(maxsize=1)
def _countries() -> dict[str, list[str]]:
    return holidays.list_supported_countries(include_aliases=False)


@lru_cache(maxsize=256)
def _days(code: str, year: int) -> frozenset[date]:
    check(code)
    country, _dash, part = code.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
