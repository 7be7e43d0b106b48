"""Figures of a sample, each with the interval that holds the truth 95 times out of 100."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

Z = 1.959964  # 97.5 % of a normal distribution lie below it
# Student's t for one to three degrees of freedom, where the expansion below is too short.
_FEW = {1: 12.7062, 2: 4.3027, 3: 3.1824}


@dataclass(frozen=True)
class Estimate:
    """A figure; `low` and `high` are None where nothing can be said of how sure it is."""

    value: float
    low: float | None = None
    high: float | None = None


def share(good: int, total: int) -> Estimate:
    """A percentage, with Wilson's score interval: it holds for few answers and near 0 and 100.

    E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, 1927.
    """
    part = good / total
    width = 1 + Z**2 / total
    middle = (part + Z**2 / (2 * total)) / width
    reach = Z * sqrt(part * (1 - part) / total + Z**2 / (4 * total**2)) / width
    return Estimate(100 * part, max(100 * (middle - reach), 0), min(100 * (middle + reach), 100))


def net_promoters(promoters: int, detractors: int, total: int) -> Estimate:
    """Promoters minus detractors, from -100 to 100.

    The normal interval, by the variance of +1, 0 and -1, with three answers added that change
    nothing but that a handful of equal answers is not taken for certainty: B. Rocks, Interval
    Estimation for the “Net Promoter Score”, The American Statistician 70 (2016).
    """
    counted = total + 3
    middle = (promoters - detractors) / counted
    variance = (promoters + detractors + 1.5) / counted - middle**2
    reach, value = Z * sqrt(variance / counted), 100 * (promoters - detractors) / total
    # Of very few equal answers the figure itself would lie outside.
    low, high = min(100 * (middle - reach), value), max(100 * (middle + reach), value)
    return Estimate(value, max(low, -100), min(high, 100))


def mean(counts: Mapping[int, int], *, lowest: int, highest: int) -> Estimate:
    """The mean of how often each score was given, with Student's t interval, within the scale.

    Equal answers have no spread to judge by, and so no interval.
    """
    total = sum(counts.values())
    middle = sum(score * count for score, count in counts.items()) / total
    squares = sum(count * (score - middle) ** 2 for score, count in counts.items())
    if total < 2 or not squares:
        return Estimate(middle)
    reach = _student(total - 1) * sqrt(squares / (total - 1) / total)
    return Estimate(middle, max(middle - reach, lowest), min(middle + reach, highest))


def _student(freedom: int) -> float:
    """97.5 % of Student's t lie below it; to 0.3 %, Abramowitz and Stegun 26.7.5."""
    return _FEW.get(
        freedom,
        Z
        + (Z**3 + Z) / (4 * freedom)
        + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * freedom**2)
        + (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / (384 * freedom**3),
    )
