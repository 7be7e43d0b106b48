"""How far what is typed may reach, so that whatever is reckoned from it stays in the calendar."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

FIRST_YEAR, LAST_YEAR = 1900, 2999
LONGEST = timedelta(days=366)


def within_reach(day: date) -> None:
    """Of a day or a moment: in some time zone the ends of the calendar lie outside of it.

    :raises ValidationError: its year is too far away.
    """
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            _("Please give a year between %(first)s and %(last)s.")
            % {"first": FIRST_YEAR, "last": LAST_YEAR}
        )


def within_a_year(duration: timedelta) -> None:
    """:raises ValidationError: it is longer than a year, forwards or backwards."""
    if abs(duration) > LONGEST:
        raise ValidationError(_("Please give at most %(days)d days.") % {"days": LONGEST.days})
