"""What replays came to, in a few lines."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from incidents.services.comparisons import Comparison
from incidents.services.replay_reports import Report


@dataclass(frozen=True)
class Figures:
    """What replays of one version came to; silences are seconds."""

    incidents: int
    recorded_updates: int
    statements: int
    promises_made: int
    promises_kept: int
    median_silence_recorded: float
    median_silence: float
    longest_silence: float
    overruns: int
    # None where nobody was counted.
    messages_per_person: float | None


def figures(reports: Sequence[Report]) -> Figures:
    """Of one replay at least."""
    return Figures(
        incidents=len(reports),
        recorded_updates=sum(one.recorded_updates for one in reports),
        statements=sum(one.statements_of_the_plan for one in reports),
        promises_made=sum(one.promises["made"] for one in reports),
        promises_kept=sum(one.promises["kept"] for one in reports),
        median_silence_recorded=median(one.recorded_longest_silence_seconds for one in reports),
        median_silence=median(one.longest_silence_seconds for one in reports),
        longest_silence=max(one.longest_silence_seconds for one in reports),
        overruns=sum(one.overrun_seconds > 0 for one in reports),
        messages_per_person=_per_person(reports) or None,
    )


def replayed(reports: Sequence[Report]) -> Iterator[str]:
    """What the plan did, and what it vouches for: how long customers waited for a word."""
    recorded = sum(report.recorded_updates for report in reports)
    statements = sum(report.statements_of_the_plan for report in reports)
    yield (
        f"{len(reports)} incidents, {recorded} recorded updates,"
        f" {statements} statements of the plan while nobody wrote"
    )
    sent: Counter[str] = Counter()
    for report in reports:
        for channel, states in report.deliveries.items():
            sent.update({f"{channel} {state}": count for state, count in states.items()})
    yield from (f"  {name}: {count:,}" for name, count in sorted(sent.items()))
    made, kept = (sum(report.promises[name] for report in reports) for name in ("made", "kept"))
    yield f"  promises kept: {kept:,} of {made:,}"
    yield from _ladder(reports)
    yield from _silence(reports)


def _ladder(reports: Sequence[Report]) -> Iterator[str]:
    climbed = [report for report in reports if report.uncalled is not None]
    if not climbed:
        return
    calls = sum(report.calls or 0 for report in climbed)
    yield f"  calls of the ladder, of whom nobody reacted: {calls:,}"
    unheard = [report for report in climbed if report.uncalled]
    broken = sum(report.uncalled or 0 for report in unheard)
    yield f"  promises that fell due before anybody was called: {broken:,}"
    for report in unheard:
        yield f"    {report.id} {report.name}: {report.uncalled}"


def _silence(reports: Sequence[Report]) -> Iterator[str]:
    really = [report.recorded_longest_silence_seconds for report in reports]
    played = [report.longest_silence_seconds for report in reports]
    yield (
        f"  longest silence, median: {_minutes(median(really))} as recorded,"
        f" {_minutes(median(played))} with the plan"
    )
    overrun = [report for report in reports if report.overrun_seconds]
    guarded = max(report.guarded_seconds for report in reports)
    yield f"  longest while the plan had something left to say: {_minutes(guarded)}"
    yield f"  longer than rhythm and last rung: {len(overrun)} of {len(reports)}"
    for report in overrun:
        yield f"    {report.id} {report.name}: by {_minutes(report.overrun_seconds)}"
    free = [one.unguarded_seconds for one in reports if one.unguarded_seconds is not None]
    if free:
        yield (
            f"  the bound on holding statements was used up: {len(free)} of {len(reports)},"
            f" longest silence after it {_minutes(max(free))}"
        )


def compared(comparisons: Sequence[Comparison]) -> Iterator[str]:
    before = [comparison.before for comparison in comparisons]
    after = [comparison.after for comparison in comparisons]
    yield f"{len(comparisons)} incidents: {before[0].plan} → {after[0].plan}"
    if any(report.people for report in (*before, *after)):
        yield f"  messages per person: {_per_person(before):.1f} → {_per_person(after):.1f}"
    else:
        yield "  messages per person: not counted, --people does"
    for name, of in (
        ("median of the longest silences, minutes", _median_silence),
        ("longest silence, minutes", _longest_silence),
        ("promises kept, %", _kept),
    ):
        yield f"  {name}: {of(before):.1f} → {of(after):.1f}"
    for name in ("added", "removed", "moved"):
        changed = sum(len(getattr(comparison, name)) for comparison in comparisons)
        yield f"  entries {name}: {changed:,}"


def changes(comparison: Comparison) -> Iterator[str]:
    """Line by line what one incident would have heard otherwise."""
    lines = [(at, f"+ {step}") for step, at in comparison.added]
    lines += [(at, f"- {step}") for step, at in comparison.removed]
    lines += [
        (moved.before, f"~ {moved.step}, now {moved.after:%d %b %H:%M}")
        for moved in comparison.moved
    ]
    yield from (f"  {at:%d %b %H:%M}  {what}" for at, what in sorted(lines))


def _per_person(reports: Sequence[Report]) -> float:
    people = sum(report.people for report in reports)
    return sum(report.messages for report in reports) / people if people else 0


def _median_silence(reports: Sequence[Report]) -> float:
    return median(report.longest_silence_seconds for report in reports) / 60


def _longest_silence(reports: Sequence[Report]) -> float:
    return max(report.longest_silence_seconds for report in reports) / 60


def _kept(reports: Sequence[Report]) -> float:
    made = sum(report.promises["made"] for report in reports)
    return 100 * sum(report.promises["kept"] for report in reports) / made if made else 100


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min"
