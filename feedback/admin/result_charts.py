"""What the charts of the results are drawn from: places in percent of their width, and the words
that say the same to whoever does not see them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from feedback.admin import result_words as words
from feedback.models import Question
from feedback.services.figures.intervals import Estimate
from feedback.services.figures.questions import QuestionResult

Kind = Question.Kind
# Where the middle of a scale begins, and where the good answers do.
_MOODS = {Kind.CSAT: (3, 4), Kind.NPS: (7, 9), Kind.CES: (4, 5)}


@dataclass(frozen=True)
class Whisker:
    """A figure as a dot, and its interval as a line beside it."""

    at: str
    low: str
    high: str
    text: str

    @property
    def has_line(self) -> bool:
        return bool(self.low)


@dataclass(frozen=True)
class Part:
    """One part of a stacked bar; `name` chooses its pattern."""

    name: str
    label: str
    count: int
    percent: float

    @property
    def share(self) -> str:
        return words.percent(self.percent)

    @property
    def width(self) -> str:
        return f"{self.percent:.2f}"

    @property
    def is_wide(self) -> bool:
        """Whether its share can be read in it."""
        return self.percent >= 12


@dataclass(frozen=True)
class Line:
    """One answer that could be chosen, as a bar with its whisker."""

    label: str
    count: int
    share: str
    width: str
    whisker: Whisker


def whisker(kind: str, estimate: Estimate | None) -> Whisker | None:
    if estimate is None:
        return None
    place = _placed(kind)
    said = words.figure(kind, estimate)
    if estimate.low is None or estimate.high is None:
        return Whisker(place(estimate.value), "", "", said)
    between = words.interval(kind, estimate)
    text = _("%(figure)s, 95 %% interval %(interval)s") % {"figure": said, "interval": between}
    return Whisker(place(estimate.value), place(estimate.low), place(estimate.high), text)


def _placed(kind: str) -> Callable[[float], str]:
    least, most = words.SPANS.get(kind, words.PERCENT)
    return lambda value: f"{100 * (value - least) / (most - least):.2f}"


def parts(result: QuestionResult) -> list[Part]:
    """Bad, middling and good answers, in this order; a question of yes or no has two."""
    if not result.count or result.is_withheld:
        return []
    if result.question.kind in (Kind.YES_NO, Kind.CONTACT):
        names = {"no": "low", "yes": "high"}
        by_value = {bar.value: bar for bar in result.distribution}
        return [
            Part(name, by_value[value].label, by_value[value].count, by_value[value].percent)
            for value, name in names.items()
        ]
    if result.question.kind not in _MOODS:
        return []
    middle, good = _MOODS[Kind(result.question.kind)]
    lowest, highest, _threshold = Question.SCALES[Kind(result.question.kind)]
    bounds = [("low", lowest, middle - 1), ("middle", middle, good - 1), ("high", good, highest)]
    return [_part(result, *bound) for bound in bounds]


def _part(result: QuestionResult, name: str, first: int, last: int) -> Part:
    count = sum(bar.count for bar in result.distribution if first <= int(bar.value) <= last)
    span = f"{first}–{last}" if first != last else str(first)
    label = f"{_mood(Kind(result.question.kind), name)} ({span})"
    return Part(name, label, count, 100 * count / result.count)


def _mood(kind: Question.Kind, name: str) -> str:
    moods = {
        Kind.CSAT: (_("dissatisfied"), _("neither nor"), _("satisfied")),
        Kind.NPS: (_("detractors"), _("passives"), _("promoters")),
        Kind.CES: (_("hard"), _("middling"), _("easy")),
    }
    return moods[kind][("low", "middle", "high").index(name)]


def said(found: Sequence[Part]) -> str:
    """A stacked bar in words."""
    return ", ".join(f"{part.label} {part.share}" for part in found)


def lines(result: QuestionResult) -> list[Line]:
    """Every possible answer with how often it was given."""
    return [
        Line(
            label=f"{bar.value} · {bar.label}"
            if result.question.kind == Kind.CSAT and bar.label != bar.value
            else bar.label,
            count=bar.count,
            share=words.percent(bar.percent),
            width=f"{bar.percent:.2f}",
            whisker=drawn,
        )
        for bar in result.distribution
        if (drawn := whisker(Kind.CHOICE, bar.share))
    ]
