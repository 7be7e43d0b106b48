"""Recorded incidents as drafts, and what the check finds in them, rule by rule."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from incidents import recordings
from incidents.models import Status
from messaging import check

# The stage of an update that sets a status, and of one that leaves it; others are called alike.
_SETS = {
    Status.INVESTIGATING: "update",
    Status.SCHEDULED: "announce",
    Status.IN_PROGRESS: "started",
}
_LEAVES = {
    Status.INVESTIGATING: "update",
    Status.IDENTIFIED: "update",
    Status.RESOLVED: "postmortem",
    Status.SCHEDULED: "reminder",
    Status.IN_PROGRESS: "extended",
}


def read(paths: Sequence[Path], *, language: str) -> list[check.Draft]:
    """Each update of every recording that can be read, at its stage of the story.

    :raises recordings.BadRecording: a file cannot be read at all.
    """
    found = [recording for path in paths for recording in recordings.read(path)[0]]
    return [draft for recording in found for draft in _drafts(recording, language)]


def _drafts(recording: recordings.Recording, language: str) -> Iterator[check.Draft]:
    status = ""
    for words in recording.updates:
        is_first, before = not status, status
        status = words.status or status or Status.INVESTIGATING
        yield check.Draft(
            text=words.body,
            language=language,
            stage=_stage(status, is_first=is_first, is_again=status == before),
            status=status,
            impact=recording.impact,
            now=words.at,
            components=recording.components,
        )


def _stage(status: str, *, is_first: bool, is_again: bool) -> str:
    if is_first and status in (Status.INVESTIGATING, Status.IDENTIFIED):
        return "acknowledge"
    return (_LEAVES if is_again else _SETS).get(Status(status), status)


def table(drafts: Sequence[check.Draft]) -> Iterator[str]:
    """How many updates each rule has something to say about, and of how many it was asked."""
    found: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for draft in drafts:
        found.update({finding.rule for finding in check.read(draft)})
        asked.update(slug for slug, rule in check.RULES.items() if draft.stage in rule.stages)
    yield "| rule | updates asked | with a finding | share |"
    yield "|---|---:|---:|---:|"
    for rule in check.RULES:
        share = found[rule] / asked[rule] if asked[rule] else 0
        yield f"| `{rule}` | {asked[rule]:,} | {found[rule]:,} | {share:.0%} |"
    yield f"\n{len(drafts):,} updates."
