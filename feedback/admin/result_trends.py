"""A question's figure over time: dots with whiskers on a line, and the same as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import formats
from django.utils.translation import gettext as _

from feedback.admin import result_words as words
from feedback.services.figures.trends import Point, Trend

# In pixels: how far apart the dots are, where the first one is, and where the scale begins.
STEP, LEFT, TOP, HEIGHT, BELOW = 68, 64, 28, 150, 44


@dataclass(frozen=True)
class Dot:
    name: str
    number: str
    figure: str
    interval: str
    mean: str
    x: int
    y: int = 0
    low: int = 0
    high: int = 0
    is_shown: bool = True

    @property
    def has_line(self) -> bool:
        return bool(self.interval)

    @property
    def label_at(self) -> int:
        return min(self.y, self.high or self.y) - 8


@dataclass(frozen=True)
class Chart:
    title: str
    called: str
    versions: Sequence[int]
    dots: Sequence[Dot]
    # The scale's lines, each with its height and its words.
    grid: Sequence[tuple[int, str]]
    path: str
    text: str

    @property
    def width(self) -> int:
        return LEFT + STEP * len(self.dots)

    @property
    def height(self) -> int:
        return TOP + HEIGHT + BELOW

    @property
    def count_at(self) -> int:
        return self.height - 8

    @property
    def name_at(self) -> int:
        return self.height - 26


def charts(trends: Sequence[Trend], *, every: str) -> list[Chart]:
    """Of the questions that have one figure."""
    return [
        _chart(trend, every) for trend in trends if words.name(trend.question.kind) and trend.points
    ]


def _chart(trend: Trend, every: str) -> Chart:
    kind = trend.question.kind
    least, most = words.SPANS.get(kind, words.PERCENT)
    dots = [_dot(kind, place, point, every) for place, point in enumerate(trend.points)]
    return Chart(
        title=str(trend.question),
        called=words.name(kind),
        versions=trend.versions,
        dots=dots,
        grid=[(_y(kind, at), words.axis(kind, at)) for at in (least, (least + most) / 2, most)],
        path=_path(dots),
        text="; ".join(f"{dot.name}: {dot.figure}" for dot in dots),
    )


def _dot(kind: str, place: int, point: Point, every: str) -> Dot:
    x, name = LEFT + STEP * place + STEP // 2, _name(point.starts_on, every)
    figure = point.result.headline
    if figure is None:
        return Dot(name, "", _("withheld"), "", "", x, y=TOP + HEIGHT, is_shown=False)
    known = figure.low is not None and figure.high is not None
    return Dot(
        name=name,
        number=words.number(point.result.count),
        figure=words.figure(kind, figure),
        interval=words.interval(kind, figure),
        mean=words.mean(point.result.mean),
        x=x,
        y=_y(kind, figure.value),
        low=_y(kind, figure.low or 0) if known else 0,
        high=_y(kind, figure.high or 0) if known else 0,
    )


def _y(kind: str, value: float) -> int:
    least, most = words.SPANS.get(kind, words.PERCENT)
    return round(TOP + HEIGHT * (most - value) / (most - least))


def _name(starts_on: date, every: str) -> str:
    if every == "week":
        return formats.date_format(starts_on, "SHORT_DATE_FORMAT")
    return formats.date_format(starts_on, "M Y")


def _path(dots: Sequence[Dot]) -> str:
    """Broken where a point is withheld."""
    steps, draws = [], False
    for dot in dots:
        if dot.is_shown:
            steps.append(f"{'L' if draws else 'M'}{dot.x} {dot.y}")
        draws = dot.is_shown
    return " ".join(steps)
