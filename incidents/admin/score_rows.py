"""The lines of a score as a table shows them: what it was, what was wanted, how it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.admin.spans import of_all, share, span
from incidents.services.score import Count, Figures, Measure, Score, Verdict

VARIANTS = {Verdict.MET: "success", Verdict.MISSED: "danger", Verdict.COMING: "info"}

# So much later a message is not just on its way.
_APART = timedelta(minutes=1)


@dataclass(frozen=True)
class Line:
    name: str
    value: str
    target: str = "–"
    verdict: Verdict = Verdict.NONE
    note: str = ""

    @property
    def is_judged(self) -> bool:
        return self.verdict != Verdict.NONE

    @property
    def variant(self) -> str:
        return VARIANTS.get(self.verdict, "")


def of_incident(score: Score) -> list[Line]:
    promises = score.promises
    kept = Count(promises.kept, promises.made)
    return [
        Line(
            _("First notice, from the start"),
            span(score.first_notice_after_start),
            note=_published(score),
        ),
        _measured(_("First notice, from when it was detected"), score.first_notice),
        _measured(_("Longest silence for customers"), score.silence),
        _counted(_("Promises kept"), kept, note=_unkept(promises.late, promises.broken)),
        _counted(_("Updates that name the next one"), score.next_named),
        _measured(_("Post-mortem, from the end"), score.postmortem),
        _measured(_("Slowest approval"), score.approvals),
        _counted(_("Tasks done in time"), score.tasks),
        _counted(_("Calls answered in time"), score.calls),
        Line(_("Holding statements sent"), str(score.holding_statements)),
    ]


def _published(score: Score) -> str:
    """Where customers did not have it by then."""
    published, had = score.published_after_start, score.first_notice_after_start
    if published is None or (had is not None and had - published < _APART):
        return ""
    words = (
        _("published after %(span)s, and handed over to nobody yet")
        if had is None
        else _("published after %(span)s; the first message was handed over later")
    )
    return words % {"span": span(published)}


def _measured(name: str, measure: Measure) -> Line:
    target = _("at most %(span)s") % {"span": span(measure.target)} if measure.target else "–"
    return Line(name, span(measure.took), target, measure.verdict)


def _counted(name: str, count: Count, *, note: str = "") -> Line:
    """All of them are wanted."""
    if not count.total:
        return Line(name, "–")
    return Line(name, of_all(count), _("all"), count.verdict, note)


def _unkept(late: int, broken: int) -> str:
    parts = [
        ngettext("%(number)s late", "%(number)s late", late) % {"number": late} if late else "",
        ngettext("%(number)s broken", "%(number)s broken", broken) % {"number": broken}
        if broken
        else "",
    ]
    return ", ".join(filter(None, parts))


@dataclass(frozen=True)
class Cell:
    value: str
    note: str = ""
    # For a bar beside it; None where a bar says nothing.
    percent: float | None = None


@dataclass(frozen=True)
class Row:
    name: str
    cells: Sequence[Cell]


def of_periods(periods: Sequence[Figures]) -> list[Row]:
    """One column for each period, the same lines for all."""
    return [
        Row(_("Incidents and maintenances"), [Cell(str(one.incidents)) for one in periods]),
        Row(
            _("First notice, from the start"),
            [Cell(span(one.first_notice_after_start)) for one in periods],
        ),
        Row(
            _("First notice, from when it was detected"),
            [Cell(span(one.first_notice), *_in_time(one.first_notice_in_time)) for one in periods],
        ),
        Row(_("From one update to the next"), [Cell(span(one.between)) for one in periods]),
        Row(
            _("Longest silence for customers"),
            [Cell(span(one.longest_silence), *_in_time(one.silence_in_time)) for one in periods],
        ),
        _shares(_("With a silence of more than an hour"), [one.over_an_hour for one in periods]),
        _shares(_("Promises kept"), [one.promises_kept for one in periods]),
        _shares(_("Updates that name the next one"), [one.next_named for one in periods]),
        Row(
            _("Post-mortem, from the end"),
            [Cell(span(one.postmortem), *_in_time(one.postmortem_in_time)) for one in periods],
        ),
        Row(
            _("Slowest approval"),
            [Cell(span(one.approvals), *_in_time(one.approvals_in_time)) for one in periods],
        ),
        _shares(_("Tasks done in time"), [one.tasks for one in periods]),
        _shares(_("Calls answered in time"), [one.calls for one in periods]),
        Row(
            _("Holding statements sent"),
            [Cell(str(one.holding_statements)) for one in periods],
        ),
        Row(_("How long it lasted"), [Cell(span(one.duration)) for one in periods]),
    ]


def _in_time(count: Count) -> tuple[str, float | None]:
    if not count.total:
        return "", None
    return _("target met: %(count)s") % {"count": of_all(count)}, count.percent


def _shares(name: str, counts: Sequence[Count]) -> Row:
    return Row(
        name,
        [Cell(share(one), of_all(one) if one.total else "", one.percent) for one in counts],
    )
