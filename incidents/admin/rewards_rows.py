"""Marks and deeds as a table, their correlations in words, and both as dots in a field."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from audiences.languages import spoken
from feedback.admin import result_rows, result_words, results_page
from feedback.models import Question
from incidents.admin.spans import of_all, percent, span
from incidents.services.ranks import Correlation
from incidents.services.rewards import Deed, Rewards, Row
from incidents.services.score import Count

# In pixels, without the words beside it.
LEFT, TOP, WIDTH, HEIGHT = 52, 16, 260, 150


@dataclass(frozen=True)
class Mark:
    name: str
    figure: str
    note: str


@dataclass(frozen=True)
class RewardRow:
    number: int
    title: str
    room: str
    results: str
    day: str
    marks: Sequence[Mark]
    first_notice: str
    silence: str
    kept: str
    kept_note: str
    updates: int


@dataclass(frozen=True)
class Link:
    """How one deed and one question's marks go together."""

    deed: str
    cells: Sequence[Mark]


@dataclass(frozen=True)
class Dot:
    number: int
    x: int
    y: int


@dataclass(frozen=True)
class Scatter:
    deed: str
    mark: str
    text: str
    dots: Sequence[Dot]
    across: tuple[str, str]
    upwards: tuple[str, str]


def heading(question: Question) -> tuple[str, str]:
    return str(question), result_words.name(question.kind)


def rows(found: Rewards, *, survey: str) -> list[RewardRow]:
    return [_row(found, number, row, survey) for number, row in enumerate(found.rows, 1)]


def _row(found: Rewards, number: int, row: Row, survey: str) -> RewardRow:
    kept = Count(row.score.promises.kept, row.score.promises.made)
    return RewardRow(
        number=number,
        title=spoken(row.incident.title),
        room=reverse("admin:incidents_incident_room", args=[row.incident.pk]),
        results=results_page.address(survey=survey, occasion=row.incident.key),
        day=formats.date_format(timezone.localtime(row.incident.started_at), "DATE_FORMAT"),
        marks=[_mark(row, question) for question in found.questions],
        first_notice=span(row.score.first_notice_after_start),
        silence=span(row.score.silence.took),
        kept="–" if kept.percent is None else percent(kept.percent),
        kept_note=of_all(kept) if kept.total else "",
        updates=row.updates,
    )


def _mark(row: Row, question: Question) -> Mark:
    result, name = row.answers.get(question.pk), result_words.name(question.kind)
    if result is None or result.is_withheld:
        return Mark(name, "–", _("not shown: too few answered") if result else "")
    between = result_words.interval(question.kind, result.headline)
    return Mark(
        name,
        result_words.figure(question.kind, result.headline),
        " · ".join(filter(None, [between, result_rows.answers(result.count)])),
    )


def links(found: Rewards) -> list[Link]:
    return [
        Link(
            str(deed.label),
            [_link(one, found.correlations[deed, one.pk]) for one in found.questions],
        )
        for deed in Deed
    ]


def _link(question: Question, known: Correlation | None) -> Mark:
    name = result_words.name(question.kind)
    if known is None:
        return Mark(name, "–", _("too few incidents, or all alike"))
    value, low, high = (
        result_words.decimals(number, 2).replace("-", "−")
        for number in (known.value, known.low, known.high)
    )
    parts = {"low": low, "high": high, "count": known.count, "verdict": _verdict(known)}
    words = _("%(verdict)s (95 %% interval %(low)s to %(high)s, %(count)s incidents)")
    return Mark(name, value, words % parts)


def _verdict(known: Correlation) -> str:
    if not known.is_clear:
        return _("no clear link")
    return (
        _("the more, the better the marks")
        if known.value > 0
        else _("the more, the worse the marks")
    )


def scatters(found: Rewards) -> list[Scatter]:
    """One for each deed and question of which there is anything to be seen."""
    drawn = (_scatter(found, deed, one) for one in found.questions for deed in Deed)
    return [one for one in drawn if len(one.dots) > 1]


def _scatter(found: Rewards, deed: Deed, question: Question) -> Scatter:
    points = list(_points(found, deed, question))
    most = max((done for _number, done, _mark in points), default=0) or 1
    least_mark, most_mark = result_words.SPANS.get(question.kind, result_words.PERCENT)
    link = _link(question, found.correlations[deed, question.pk])
    return Scatter(
        deed=str(deed.label),
        mark=f"{question.get_kind_display()}: {question}",
        text=f"{link.figure}, {link.note}" if link.figure != "–" else link.note,
        dots=[
            Dot(
                number,
                round(LEFT + WIDTH * done / most),
                round(TOP + HEIGHT * (most_mark - mark) / (most_mark - least_mark)),
            )
            for number, done, mark in points
        ],
        across=("0", formats.number_format(round(most))),
        upwards=result_words.ends(question.kind),
    )


def _points(found: Rewards, deed: Deed, question: Question) -> Iterator[tuple[int, float, float]]:
    for number, row in enumerate(found.rows, 1):
        done, mark = row.deed(deed), row.mark(question)
        if done is not None and mark is not None:
            yield number, done, mark
