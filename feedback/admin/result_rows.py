"""The results as their page shows them: cards of questions, and groups side by side."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from feedback.admin import result_charts as draw
from feedback.admin import result_words as words
from feedback.admin.result_charts import Line, Part, Whisker
from feedback.models import Question
from feedback.services.figures.counting import Turnout
from feedback.services.figures.groups import Breakdown, GroupResult
from feedback.services.figures.questions import QuestionResult
from feedback.services.figures.stories import Group

Kind = Question.Kind
_LISTED = (Kind.CHOICE, Kind.SEVERAL)
Address = Callable[[Group], str]


@dataclass(frozen=True)
class TurnoutRow:
    asked: str
    reached: str
    answered: str
    rate: str
    between: str
    whisker: Whisker | None


@dataclass(frozen=True)
class Card:
    """One question."""

    title: str
    kind: str
    versions: str
    answers: str
    withheld: str
    called: str
    figure: str
    between: str
    mean: str
    mean_between: str
    whisker: Whisker | None
    scale: tuple[str, str]
    parts: Sequence[Part]
    text: str
    lines: Sequence[Line]
    is_several: bool


@dataclass(frozen=True)
class GroupRow:
    name: str
    address: str
    withheld: str
    turnout: TurnoutRow


@dataclass(frozen=True)
class Cell:
    """What one group said to one question."""

    name: str
    withheld: str
    answers: str = ""
    figure: str = "–"
    between: str = ""
    mean: str = ""
    whisker: Whisker | None = None
    parts: Sequence[Part] = ()
    text: str = ""
    shares: Sequence[tuple[str, str]] = ()

    @property
    def is_telling(self) -> bool:
        return not self.withheld and self.answers != "0"


@dataclass(frozen=True)
class Side:
    """One question, every group beside the others."""

    title: str
    called: str
    scale: tuple[str, str]
    cells: Sequence[Cell]
    # Of a question with choices: their words.
    choices: Sequence[str]
    has_mean: bool


def few() -> str:
    """What stands in place of figures that would tell what single people said."""
    least = settings.FEEDBACK_SMALLEST_GROUP
    return ngettext("fewer than %(least)d answer", "fewer than %(least)d answers", least) % {
        "least": least
    }


def beside() -> str:
    return _("not shown, so that a smaller group beside it cannot be worked out")


def turnout(counted: Turnout) -> TurnoutRow:
    rate = counted.rate
    return TurnoutRow(
        asked=words.number(counted.asked),
        reached=words.number(counted.reached),
        answered="–" if counted.answered is None else words.number(counted.answered),
        rate=words.share(rate),
        between=words.interval(Kind.CSAT, rate),
        whisker=draw.whisker(Kind.CSAT, rate),
    )


def cards(found: Sequence[QuestionResult]) -> list[Card]:
    return [_card(one) for one in found if one.question.kind != Kind.TEXT]


def written(found: Sequence[QuestionResult]) -> list[tuple[str, str]]:
    """The questions that are answered in words, with by how many."""
    texts = [one for one in found if one.question.kind == Kind.TEXT]
    return [(str(one.question), few() if one.is_withheld else answers(one.count)) for one in texts]


def _card(result: QuestionResult) -> Card:
    kind, headline = result.question.kind, result.headline
    parts = draw.parts(result)
    return Card(
        title=str(result.question),
        kind=result.question.get_kind_display(),
        versions=_versions(result.versions),
        answers=answers(result.count),
        withheld=few() if result.is_withheld else "",
        called=words.name(kind),
        figure=words.figure(kind, headline),
        between=words.interval(kind, headline),
        mean=words.mean(result.mean) if result.mean and kind != Kind.CES else "",
        mean_between=words.mean_interval(result.mean),
        whisker=draw.whisker(kind, headline),
        scale=words.ends(kind),
        parts=parts,
        text=draw.said(parts),
        lines=draw.lines(result),
        is_several=kind == Kind.SEVERAL,
    )


def groups(found: Breakdown, address: Address) -> list[GroupRow]:
    return [
        GroupRow(one.group.name, address(one.group), _withheld(one), turnout(one.turnout))
        for one in found.groups
    ]


def sides(found: Breakdown) -> list[Side]:
    """Of every question that can be counted and of which there is anything to be shown."""
    order: dict[int, Question] = {}
    for group in found.groups:
        order.update({one.question.pk: one.question for one in group.questions})
    countable = [one for one in order.values() if one.kind != Kind.TEXT]
    drawn = [_side(question, found.groups) for question in countable]
    return [one for one in drawn if any(cell.is_telling for cell in one.cells)]


def _side(question: Question, found: Sequence[GroupResult]) -> Side:
    of_groups = [
        (group, result)
        for group in found
        for result in group.questions
        if result.question.pk == question.pk
    ]
    choices: dict[str, str] = {}
    if question.kind in _LISTED:
        for _group, result in of_groups:
            choices.update({bar.value: bar.label for bar in result.distribution})
    return Side(
        title=str(question),
        called=words.name(question.kind),
        scale=words.ends(question.kind),
        cells=[_cell(group, result, choices) for group, result in of_groups],
        choices=list(choices.values()),
        has_mean=question.kind in (Kind.CSAT, Kind.NPS),
    )


def _cell(group: GroupResult, result: QuestionResult, choices: Mapping[str, str]) -> Cell:
    name = group.group.name
    if result.is_withheld:
        return Cell(name, _withheld(group) or _("not shown: too few answered this"))
    kind, parts = result.question.kind, draw.parts(result)
    shares = {bar.value: words.percent(bar.percent) for bar in result.distribution}
    return Cell(
        name=name,
        withheld="",
        answers=words.number(result.count),
        figure=words.figure(kind, result.headline),
        between=words.interval(kind, result.headline),
        mean=words.mean(result.mean),
        whisker=draw.whisker(kind, result.headline),
        parts=parts,
        text=draw.said(parts),
        shares=[
            (label, shares.get(value, "–") if result.count else "–")
            for value, label in choices.items()
        ],
    )


def _withheld(one: GroupResult) -> str:
    if not one.is_withheld:
        return ""
    return few() if one.is_small else beside()


def answers(count: int) -> str:
    return ngettext("%(count)s answer", "%(count)s answers", count) % {"count": words.number(count)}


def _versions(numbers: Sequence[int]) -> str:
    """Where it was asked in more than one version, whose answers are counted together."""
    if len(numbers) < 2:
        return ""
    return _("asked in versions %(versions)s") % {"versions": ", ".join(map(str, numbers))}
