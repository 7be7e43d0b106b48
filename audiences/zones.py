"""What a time zone is called at one moment, in the words of the language spoken."""

from datetime import datetime

from django.utils.translation import pgettext_lazy

# Elsewhere people use the abbreviation that the zone itself brings along.
_NAMES = {
    "WET": pgettext_lazy("time zone", "WET"),
    "WEST": pgettext_lazy("time zone", "WEST"),
    "CET": pgettext_lazy("time zone", "CET"),
    "CEST": pgettext_lazy("time zone", "CEST"),
    "EET": pgettext_lazy("time zone", "EET"),
    "EEST": pgettext_lazy("time zone", "EEST"),
}


def name(local: datetime) -> str:
    """Of a moment that is local already; "" for one without a zone."""
    abbreviation = local.tzname() or ""
    return str(_NAMES.get(abbreviation, abbreviation))
