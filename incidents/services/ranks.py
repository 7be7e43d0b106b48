"""Whether two things rise and fall together."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atanh, sqrt, tanh

FEWEST = 8
_Z = 1.959964


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
    # At the very end the transformation has no value.
    turned = atanh(max(-0.999999, min(0.999999, value)))
    reach = _Z * sqrt((1 + value**2 / 2) / (count - 3))
    return Correlation(value, tanh(turned - reach), tanh(turned + reach), count)


def _spread(ranks: Sequence[float], middle: float) -> float:
    return sum((rank - middle) ** 2 for rank in ranks)


def _ranks(values: Sequence[float]) -> list[float]:
    """From 1; equal values share the mean of their ranks."""
    ordered = sorted(values)
    return [ordered.index(value) + (ordered.count(value) + 1) / 2 for value in values]
