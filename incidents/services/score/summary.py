"""What many incidents come to: medians and shares."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from incidents.services.score.incident import Promises, Score
from incidents.services.score.measures import Count, Measure, Verdict, counted, together

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Figures:
    """Medians are None where nothing is known; a Count is how many met the target, of how many
    that can be judged."""

    incidents: int
    duration: timedelta | None
    first_notice_after_start: timedelta | None
    first_notice: timedelta | None
    first_notice_in_time: Count
    between: timedelta | None
    longest_silence: timedelta | None
    silence_in_time: Count
    over_an_hour: Count
    promises: Promises
    next_named: Count
    postmortem: timedelta | None
    postmortem_in_time: Count
    approvals: timedelta | None
    approvals_in_time: Count
    tasks: Count
    calls: Count
    holding_statements: int

    @property
    def promises_kept(self) -> Count:
        return Count(self.promises.kept, self.promises.made)


def figures(scores: Sequence[Score]) -> Figures:
    promised = [one.promises for one in scores]
    silences = [one.silence.took for one in scores if one.silence.took is not None]
    return Figures(
        incidents=len(scores),
        duration=_median(one.duration for one in scores),
        first_notice_after_start=_median(one.first_notice_after_start for one in scores),
        first_notice=_median(one.first_notice.took for one in scores),
        first_notice_in_time=_in_time(one.first_notice for one in scores),
        between=_median(time for one in scores for time in one.between),
        longest_silence=_median(silences),
        silence_in_time=_in_time(one.silence for one in scores),
        over_an_hour=counted(silence > HOUR for silence in silences),
        promises=Promises(
            made=sum(one.made for one in promised),
            kept=sum(one.kept for one in promised),
            late=sum(one.late for one in promised),
            broken=sum(one.broken for one in promised),
        ),
        next_named=together(one.next_named for one in scores),
        postmortem=_median(one.postmortem.took for one in scores),
        postmortem_in_time=_in_time(one.postmortem for one in scores),
        approvals=_median(one.approvals.took for one in scores),
        approvals_in_time=_in_time(one.approvals for one in scores),
        tasks=together(one.tasks for one in scores),
        calls=together(one.calls for one in scores),
        holding_statements=sum(one.holding_statements for one in scores),
    )


def _median(times: Iterable[timedelta | None]) -> timedelta | None:
    known = [time.total_seconds() for time in times if time is not None]
    return timedelta(seconds=median(known)) if known else None


def _in_time(measures: Iterable[Measure]) -> Count:
    verdicts = [one.verdict for one in measures]
    met, missed = verdicts.count(Verdict.MET), verdicts.count(Verdict.MISSED)
    return Count(met, met + missed)
