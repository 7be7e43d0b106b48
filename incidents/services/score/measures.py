"""What is measured, beside what the plan wants."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class Verdict(models.TextChoices):
    MET = "met", _("target met")
    MISSED = "missed", _("target missed")
    COMING = "coming", _("not decided yet")
    NONE = "none", _("no target, or not known")


@dataclass(frozen=True)
class Measure:
    """How long something took, at most `target` is wanted; None is not known, or not wanted."""

    took: timedelta | None
    target: timedelta | None
    verdict: Verdict

    @property
    def delay(self) -> timedelta | None:
        """Beyond the target; before it, it is negative."""
        if self.took is None or self.target is None:
            return None
        return self.took - self.target


NOTHING = Measure(None, None, Verdict.NONE)


@dataclass(frozen=True)
class Count:
    """`good` of `total`: kept of made, in time of due."""

    good: int = 0
    total: int = 0

    @property
    def percent(self) -> float | None:
        return 100 * self.good / self.total if self.total else None

    @property
    def verdict(self) -> Verdict:
        """All of them are wanted."""
        if not self.total:
            return Verdict.NONE
        return Verdict.MET if self.good == self.total else Verdict.MISSED


def counted(each: Iterable[bool]) -> Count:
    known = list(each)
    return Count(sum(known), len(known))


def together(counts: Iterable[Count]) -> Count:
    known = list(counts)
    return Count(sum(one.good for one in known), sum(one.total for one in known))


def measure(
    took: timedelta | None, target: timedelta | None, *, waited: timedelta | None = None
) -> Measure:
    """`waited` is how long it has taken so far, where it has not happened yet."""
    if target is None or (took is None and waited is None):
        return Measure(took, target, Verdict.NONE)
    if took is None:
        is_late = waited is not None and waited > target
        return Measure(None, target, Verdict.MISSED if is_late else Verdict.COMING)
    return Measure(took, target, Verdict.MET if took <= target else Verdict.MISSED)
