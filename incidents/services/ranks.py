"""Whether two things rise and fall together."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import atanh, sqrt, tanh

from feedback.services.figures.intervals import Z

FEWEST = 8


@dataclass(frozen=True)
class Correlation:
    """From -1 to 1, with its 95 % interval; of `count` pairs."""

    value: float
    low: float
    high: float
    count: int

    @property
    def is_clear(self) -> bool:
        """Whether chance alone would hardly give it."""
        return self.low > 0 or self.high < 0


def correlation(pairs: Sequence[tuple[float, float]]) -> Correlation | None:
    """Spearman's rank correlation; None of fewer than FEWEST pairs, or where one side is all alike.

    The interval is Fisher's, with the variance of D. G. Bonett and T. A. Wright, Sample Size
    Requirements for Estimating Pearson, Kendall and Spearman Correlations, 2000.
    """
    count = len(pairs)
    if count < FEWEST:
        return None
    first, second = (_ranks(side) for side in zip(*pairs, strict=True))
    middle = (count + 1) / 2
    together = sum((a - middle) * (b - middle) for a, b in zip(first, second, strict=True))
    spread = sqrt(_spread(first, middle) * _spread(second, middle))
    if not spread:
        return None
    value = max(-1.0, min(1.0, together / spread))
    # At the very end the transformation has no value; that of the nearest order is taken, in which
    # two neighbours have changed places.
    nearest = 1 - 12 / (count * (count**2 - 1))
    turned = atanh(max(-nearest, min(nearest, value)))
    reach = Z * sqrt((1 + value**2 / 2) / (count - 3))
    low, high = tanh(turned - reach), tanh(turned + reach)
    return Correlation(value, min(low, value), max(high, value), count)


def _spread(ranks: Sequence[float], middle: float) -> float:
    return sum((rank - middle) ** 2 for rank in ranks)


def _ranks(values: Sequence[float]) -> list[float]:
    """From 1; equal values share the mean of their ranks."""
    ordered = sorted(values)
    return [(bisect_left(ordered, one) + bisect_right(ordered, one) + 1) / 2 for one in values]
