"""The planner: (story, steps, now) → entries. Pure: no clock, no database, no settings.

Real runs, drills, replays and previews all use it. Running it again with the same story gives the
same entries; each is named by its slot, so that nothing is planned twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Said:
    """An update that was published."""

    id: int
    status: str
    at: datetime
    next_due_at: datetime | None = None
    changes_status: bool = False
    by_plan: bool = False


@dataclass(frozen=True)
class Story:
    """What the planner needs to know about an incident."""

    opened_at: datetime
    updates: Sequence[Said] = ()
    ended_at: datetime | None = None
    is_called_off: bool = False


@dataclass(frozen=True)
class Step:
    id: int
    trigger: str
    status: str = ""
    offset: timedelta = timedelta(0)
    repeat_limit: int = 1
    speaks: bool = True


@dataclass(frozen=True)
class Entry:
    slot: str
    step_id: int
    due_at: datetime
    reason: str
    update_id: int | None = None


def plan_timeline(story: Story, steps: Sequence[Step], now: datetime) -> list[Entry]:
    """Everything this story asks for, done or to come, in the order it falls due.

    `now` is when the planning happens: what was said later does not count yet.
    """
    known = [said for said in story.updates if said.at <= now]
    entries = [
        *_on_opening(story, known, steps),
        *_on_updates(story, known, steps),
        *_on_promise(story, known, steps),
        *_on_end(story, steps),
    ]
    return sorted(entries, key=lambda entry: (entry.due_at, entry.slot))


def _first_words(story: Story, known: Sequence[Said]) -> Said | None:
    """The update a person wrote when opening the incident: the first notice says that one."""
    first = known[0] if known else None
    return first if first and not first.by_plan and first.at <= story.opened_at else None


def _on_opening(story: Story, known: Sequence[Said], steps: Sequence[Step]) -> Iterator[Entry]:
    first = _first_words(story, known)
    for step in steps:
        if step.trigger == "opened":
            update_id = first.id if first and step.speaks else None
            due_at = story.opened_at + step.offset
            if story.ended_at and due_at > story.ended_at:
                continue  # Nothing of the beginning is said after the end.
            yield Entry(f"{step.id}:opened", step.id, due_at, "opened", update_id)


def _on_updates(story: Story, known: Sequence[Said], steps: Sequence[Step]) -> Iterator[Entry]:
    opens_with_words = any(step.trigger == "opened" and step.speaks for step in steps)
    first = _first_words(story, known) if opens_with_words else None
    for said in known:
        if said.by_plan:
            continue  # The step that made it has told it.
        reached = [
            step
            for step in steps
            if step.trigger == "status_reached"
            and said.changes_status
            and step.status == said.status
        ]
        plain = [step for step in steps if step.trigger == "update_published"]
        chosen = reached if any(step.speaks for step in reached) else reached + plain
        for step in chosen:
            if said is first and step.speaks:
                continue
            slot = f"{step.id}:update:{said.id}"
            yield Entry(slot, step.id, said.at + step.offset, step.trigger, said.id)


def _on_promise(story: Story, known: Sequence[Said], steps: Sequence[Step]) -> Iterator[Entry]:
    last = known[-1] if known else None
    if story.ended_at or not last or not last.next_due_at:
        return
    for step in steps:
        if step.trigger == "promise_due" and _in_a_row(known) < step.repeat_limit:
            due_at = last.next_due_at + step.offset
            yield Entry(f"{step.id}:promise:{last.id}", step.id, due_at, "promise_due")


def _in_a_row(known: Sequence[Said]) -> int:
    """How many holding statements went out since a person last wrote; the first notice is none."""
    count = 0
    for said in reversed(known[1:]):
        if not said.by_plan:
            break
        count += 1
    return count


def _on_end(story: Story, steps: Sequence[Step]) -> Iterator[Entry]:
    if not story.ended_at or story.is_called_off:
        return
    for step in steps:
        if step.trigger == "resolved":
            slot = f"{step.id}:resolved"
            yield Entry(slot, step.id, story.ended_at + step.offset, "resolved")
