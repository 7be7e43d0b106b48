from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from incidents.planning.story import Change, Entry, Said, Step, Story

_NO_TIME = timedelta(0)
# What these bring is to be done although, or because, it is over.
_OF_THE_END = {"resolved", "rolled_back", "delivered"}


def plan_timeline(story: Story, steps: Sequence[Step], now: datetime) -> list[Entry]:
    """Everything this story asks for, done or to come, in the order it falls due.

    `now` is when the planning happens: what was said or changed later does not count yet.
    """
    known = [said for said in story.updates if said.at <= now]
    changes = [change for change in story.changes if change.at <= now]
    entries = [
        *_on_opening(story, known, steps),
        *_on_updates(story, known, steps),
        *_on_promise(story, known, steps),
        *_on_schedule(story, changes, steps, now),
        *_on_changes(changes, steps),
        *_on_rollback(story, known, steps),
        *_on_end(story, steps),
        *_on_deliveries(story, steps),
    ]
    if story.told_within_since:
        entries = _left_to_it(entries, steps, story.told_within_since)
    if story.ended_at:
        entries = _not_over(entries, steps, known, story.ended_at)
    return sorted(_latest(entries, now), key=lambda entry: (entry.due_at, entry.slot))


def _not_over(
    entries: Sequence[Entry], steps: Sequence[Step], known: Sequence[Said], ended_at: datetime
) -> list[Entry]:
    """Nobody is asked any more to do what was to be done while it went on."""
    going_on = {step.id for step in steps if not step.speaks and step.trigger not in _OF_THE_END}
    said_at = {said.id: said.at for said in known}
    return [
        entry
        for entry in entries
        if entry.step_id not in going_on
        or (entry.update_id is not None and said_at[entry.update_id] >= ended_at)
    ]


def _latest(entries: Sequence[Entry], now: datetime) -> Iterator[Entry]:
    """Of what is repeated, the latest that is due stands for those before it."""
    occasions: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        occasions[entry.occasion or entry.slot].append(entry)
    for repetitions in occasions.values():
        due = [entry for entry in repetitions if entry.due_at <= now]
        yield from repetitions[len(due) :]
        if due:
            yield replace(due[-1], overtakes=tuple(entry.slot for entry in due[:-1]))


def _left_to_it(entries: Sequence[Entry], steps: Sequence[Step], since: datetime) -> list[Entry]:
    """Told within another incident, it keeps its tasks, and what nobody else says in its place:
    what a person wrote before, and that a commitment was delivered."""
    speaking = {step.id for step in steps if step.speaks or step.is_post}
    return [
        entry
        for entry in entries
        if entry.reason != "promise_due"
        and (
            entry.step_id not in speaking
            or entry.commitment_id is not None
            or (entry.update_id is not None and entry.due_at <= since)
        )
    ]


def _repeated(step: Step, first: Entry, until: datetime | None = None) -> Iterator[Entry]:
    """The entry, and its repetitions; nothing of what was going on is said after the end."""
    times = step.repeat_limit if step.repeat_every else 1
    for number in range(times):
        due_at = first.due_at + number * (step.repeat_every or _NO_TIME)
        if until and due_at > until:
            return
        slot = f"{first.slot}:{number}"
        yield replace(first, slot=slot, due_at=due_at, occasion=first.slot) if number else first


def _first_words(story: Story, known: Sequence[Said]) -> Said | None:
    """The update a person wrote when opening the incident: the first notice says that one."""
    first = known[0] if known else None
    return first if first and not first.by_plan and first.at <= story.opened_at else None


def _on_opening(story: Story, known: Sequence[Said], steps: Sequence[Step]) -> Iterator[Entry]:
    first = _first_words(story, known)
    for step in steps:
        if step.trigger == "opened":
            update_id = first.id if first and step.speaks and first.is_for(step.kinds) else None
            due_at = story.opened_at + step.offset
            entry = Entry(f"{step.id}:opened", step.id, due_at, "opened", update_id)
            yield from _repeated(step, entry, until=story.ended_at)


def _on_updates(story: Story, known: Sequence[Said], steps: Sequence[Step]) -> Iterator[Entry]:
    opens_with_words = any(step.trigger == "opened" and step.speaks for step in steps)
    first = _first_words(story, known) if opens_with_words else None
    undone = _words_of_rollback(story, known, steps)
    for said in known:
        if said.by_plan and not said.changes_status:
            continue  # The step that made it has told it; what the clock has begun nobody has.
        for step in _telling(said, steps):
            if said in (first, undone) and step.speaks:
                continue
            slot = f"{step.id}:update:{said.id}"
            entry = Entry(slot, step.id, said.at + step.offset, step.trigger, said.id)
            yield from _repeated(step, entry)


def _telling(said: Said, steps: Sequence[Step]) -> list[Step]:
    """A status that has steps of its own is told by them alone."""
    meant = [step for step in steps if said.is_for(step.kinds)]
    reached = [
        step
        for step in meant
        if step.trigger == "status_reached" and said.changes_status and step.status == said.status
    ]
    plain = [step for step in meant if step.trigger == "update_published"]
    return reached if any(step.speaks for step in reached) else reached + plain


def _on_promise(story: Story, known: Sequence[Said], steps: Sequence[Step]) -> Iterator[Entry]:
    if story.ended_at or story.is_yet_to_begin:
        return
    for step in steps:
        if step.trigger != "promise_due":
            continue
        # Words for some readers only do not change what the others were promised.
        owed = [_owed(known, kind) for kind in step.kinds or [""]]
        promised = [(at, heard[-1].id, heard) for at, heard in owed if at]
        if not promised:
            continue
        at, said_id, heard = min(promised, key=lambda promise: promise[:2])
        if _in_a_row(heard) < step.repeat_limit:
            yield Entry(f"{step.id}:promise:{said_id}", step.id, at + step.offset, "promise_due")


def _owed(known: Sequence[Said], kind: str) -> tuple[datetime | None, Sequence[Said]]:
    """When one kind of audience was promised the next word, and what it has heard."""
    heard = [said for said in known if said.audience in ("", kind)]
    return (heard[-1].promised.get(kind, heard[-1].next_due_at) if heard else None), heard


def _in_a_row(known: Sequence[Said]) -> int:
    """How many holding statements went out since a person last wrote; the first notice is none."""
    count = 0
    for said in reversed(known[1:]):
        if not said.by_plan:
            break
        count += 1
    return count


def _on_schedule(
    story: Story, changes: Sequence[Change], steps: Sequence[Step], now: datetime
) -> Iterator[Entry]:
    """What the planned start and end of a maintenance bring, by the latest times.

    What was due before those times were known is not said any more, and nothing after the end.
    """
    known_at = changes[-1].at if changes else story.opened_at
    revision = changes[-1].id if changes else 0
    for step in steps:
        at = _planned_for(story, step)
        if at is None:
            continue
        slot = f"{step.id}:{step.trigger}:{revision}"
        first = Entry(slot, step.id, at + step.offset, step.trigger)
        for entry in _repeated(step, first, until=story.ended_at):
            if entry.due_at >= known_at and _fits(story, step, entry, now):
                yield entry


def _planned_for(story: Story, step: Step) -> datetime | None:
    if step.trigger == "ends":
        return story.ends_at
    return story.starts_at if step.trigger in ("starts", "not_begun") else None


def _fits(story: Story, step: Step, entry: Entry, now: datetime) -> bool:
    """Nobody is reminded of what has begun, nor told that what never began, or was undone, goes
    on."""
    begun_at, starts_at, undone_at = story.started_at, story.starts_at, story.rolled_back_at
    match step.trigger:
        case "ends" if step.speaks and undone_at and undone_at <= entry.due_at:
            return False
        case "ends":
            return begun_at <= entry.due_at if begun_at else now < entry.due_at
        case "not_begun":
            return begun_at is None
    if starts_at is None or entry.due_at > starts_at:
        return step.offset >= timedelta(0)
    return begun_at is None or begun_at >= starts_at or begun_at > entry.due_at


def _on_changes(changes: Sequence[Change], steps: Sequence[Step]) -> Iterator[Entry]:
    """The latest of each kind: nobody is told any more of times that have changed again."""
    latest = {change.kind: change for change in changes}
    for change in latest.values():
        for step in steps:
            if step.trigger == change.kind:
                slot = f"{step.id}:{change.kind}:{change.id}"
                due_at = change.at + step.offset
                yield Entry(slot, step.id, due_at, change.kind, change_id=change.id)


def _words_of_rollback(story: Story, known: Sequence[Said], steps: Sequence[Step]) -> Said | None:
    """What a person wrote on rolling back, where a step of its own says it."""
    if not any(step.trigger == "rolled_back" and step.speaks for step in steps):
        return None
    written = (said for said in known if said.at == story.rolled_back_at and not said.by_plan)
    return next(written, None)


def _on_rollback(story: Story, known: Sequence[Said], steps: Sequence[Step]) -> Iterator[Entry]:
    if story.rolled_back_at is None:
        return
    words = _words_of_rollback(story, known, steps)
    for step in steps:
        if step.trigger == "rolled_back":
            update_id = words.id if words and step.speaks and words.is_for(step.kinds) else None
            due_at = story.rolled_back_at + step.offset
            yield Entry(f"{step.id}:rolled_back", step.id, due_at, "rolled_back", update_id)


def _on_end(story: Story, steps: Sequence[Step]) -> Iterator[Entry]:
    if not story.ended_at or story.is_called_off:
        return
    for step in steps:
        if step.trigger == "resolved":
            # Of an end that did not last, another one brings everything anew.
            slot = f"{step.id}:resolved" + (f"-{story.reopened + 1}" if story.reopened else "")
            entry = Entry(slot, step.id, story.ended_at + step.offset, "resolved")
            yield from _repeated(step, entry)


def _on_deliveries(story: Story, steps: Sequence[Step]) -> Iterator[Entry]:
    for commitment_id, at in story.delivered.items():
        for step in steps:
            if step.trigger == "delivered":
                slot = f"{step.id}:delivered:{commitment_id}"
                due_at = at + step.offset
                yield Entry(slot, step.id, due_at, "delivered", commitment_id=commitment_id)
