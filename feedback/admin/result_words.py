"""How the results write a figure and its interval."""

from collections.abc import Callable

from django.utils import formats
from django.utils.translation import gettext as _

from feedback.models import Question
from feedback.services.figures.intervals import Estimate

Kind = Question.Kind
# From the worst to the best that a question's figure can be; else it is a percentage.
SPANS: dict[str, tuple[int, int]] = {Kind.NPS: (-100, 100), Kind.CES: (1, 7)}
PERCENT = (0, 100)


def percent(value: float) -> str:
    return _("%(number)s %%") % {"number": formats.number_format(round(value))}


def number(value: int) -> str:
    return formats.number_format(value, force_grouping=True)


def share(estimate: Estimate | None) -> str:
    return "–" if estimate is None else percent(estimate.value)


def decimals(value: float, places: int) -> str:
    """Rounded: `number_format` alone cuts off what is too much."""
    return formats.number_format(round(value, places), places)


def mean(estimate: Estimate | None) -> str:
    return "–" if estimate is None else decimals(estimate.value, 2)


def signed(value: float) -> str:
    rounded = round(value)
    return f"+{rounded}" if rounded > 0 else f"−{-rounded}" if rounded < 0 else "0"


def figure(kind: str, estimate: Estimate | None) -> str:
    """A question's headline, as its kind is read."""
    if estimate is None:
        return "–"
    return _writer(kind)(estimate.value)


def interval(kind: str, estimate: Estimate | None) -> str:
    """Between which the truth lies; "" where that is not known."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    write = _writer(kind)
    return _("%(low)s to %(high)s") % {"low": write(estimate.low), "high": write(estimate.high)}


def name(kind: str) -> str:
    """What a question's headline is called."""
    return {
        Kind.CSAT: _("CSAT: satisfied (4–5)"),
        Kind.NPS: _("NPS: promoters minus detractors"),
        Kind.CES: _("CES: mean, 7 is very easy"),
        Kind.YES_NO: _("Said yes"),
        Kind.CONTACT: _("Said yes"),
    }.get(Kind(kind), "")


def mean_interval(estimate: Estimate | None) -> str:
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    low, high = decimals(estimate.low, 2), decimals(estimate.high, 2)
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def axis(kind: str, value: float) -> str:
    """A place on the scale of a question's figure."""
    if kind == Kind.CES:
        return formats.number_format(round(value))
    return signed(value) if kind == Kind.NPS else percent(value)


def ends(kind: str) -> tuple[str, str]:
    least, most = SPANS.get(kind, PERCENT)
    return axis(kind, least), axis(kind, most)


def _writer(kind: str) -> Callable[[float], str]:
    if kind == Kind.NPS:
        return signed
    if kind == Kind.CES:
        return lambda value: decimals(value, 1)
    return percent
