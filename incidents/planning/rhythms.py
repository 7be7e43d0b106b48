"""When an audience is to hear from us again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class RhythmRule:
    """An empty impact or audience stands for any."""

    interval: timedelta
    impact: str = ""
    audience: str = ""


@dataclass(frozen=True)
class Rhythms:
    """What a plan promises: one interval, others for some, and a slower one when it takes long."""

    interval: timedelta
    rules: Sequence[RhythmRule] = ()
    slower_after: timedelta | None = None
    slower_interval: timedelta | None = None

    def of(self, *, impact: str, audience: str = "", lasted: timedelta = timedelta(0)) -> timedelta:
        """How long an audience may be left without a word.

        The rule for this audience and impact before that for the audience, before that for the
        impact. The slower rhythm is for those whose own is faster.
        """
        fitting = [
            (rule.audience, rule.impact, rule.interval)
            for rule in self.rules
            if rule.audience in ("", audience) and rule.impact in ("", impact)
        ]
        interval = max(fitting, default=("", "", self.interval), key=_closeness)[-1]
        if self.slower_after is None or self.slower_interval is None or lasted < self.slower_after:
            return interval
        return max(interval, self.slower_interval)

    def audiences(self, *, impact: str) -> list[str]:
        """The audiences that are told in a rhythm of their own at this impact."""
        everybody = self.of(impact=impact)
        named = {rule.audience for rule in self.rules if rule.audience}
        return sorted(kind for kind in named if self.of(impact=impact, audience=kind) != everybody)


def _closeness(rule: tuple[str, str, timedelta]) -> tuple[bool, bool]:
    audience, impact, _interval = rule
    return bool(audience), bool(impact)
