"""The ladder: exactly one person is responsible, and silence moves on to the next.

Pure: (what is due, people, calls so far) → the next rung, or none. What it answers is the same on
every tick until a call is recorded, so late, doubled and missed ticks do no harm.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import takewhile


class Why(StrEnum):
    """Why this person is called."""

    DUE_SOON = "due_soon"
    NO_REACTION = "no_reaction"
    PASSED_OVER = "passed_over"
    SNOOZED = "snoozed"
    TOOK_OVER = "took_over"


@dataclass(frozen=True)
class Owed:
    """Something due: from `starts_at` on people are called, each having `patience` to react.

    Once everybody was called, the plan's owner is asked `again` after this time, until it is
    settled; None is for what the plan then does in the team's place.
    """

    due_at: datetime
    starts_at: datetime
    patience: timedelta
    again: timedelta | None = None

    @property
    def shared_from_at(self) -> datetime:
        """From when on a call about something else that is owed is one about this, too: whoever
        was called shortly before has time to react to both."""
        return self.starts_at - self.patience


@dataclass(frozen=True)
class Team:
    """Who answers for it now, who is called after them, and who owns the plan.

    `unreachable` says of some why nothing can be sent to them at all. In a round, those who come
    before the first one in the order are called after those who follow them.
    """

    responsible: int | None
    duties: Sequence[int]
    owner: int
    unreachable: Mapping[int, str] = field(default_factory=dict)
    is_round: bool = True

    def in_order(self, first: int | None) -> list[int]:
        """Who is called one after the other, beginning with this one; at the end the owner."""
        is_inside = self.is_round and first in self.duties
        start = self.duties.index(first) + 1 if is_inside and first is not None else 0
        others = [*self.duties[start:], *self.duties[:start]]
        rest = [one for one in others if one not in (first, self.owner)]
        return [*([first] if first is not None else []), *rest, self.owner]

    @property
    def everybody(self) -> list[int]:
        return self.in_order(self.responsible)


@dataclass(frozen=True)
class Call:
    """A person was called, or passed over because of a problem; its own is not one about something
    else that is owed at the same time."""

    user: int
    at: datetime
    problem: str = ""
    snoozed_until: datetime | None = None
    is_own: bool = True


@dataclass(frozen=True)
class Rung:
    """Who is next and when; with a problem they are passed over, and the next one is at once.

    `number` counts the calls of its own before.
    """

    number: int
    user: int
    at: datetime
    why: Why
    problem: str = ""
    is_last: bool = False


# Why somebody is not called at a moment; empty if they are.
Away = Callable[[int, datetime], str]


def owed(
    *, made_at: datetime, due_at: datetime, remind_before: timedelta, patience: timedelta
) -> Owed:
    """Calls begin `remind_before` it is due, but never in the first half of the time there was:
    whoever has just promised something need not be reminded of it."""
    # In UTC: where clocks are changed, local times are not as far apart as they look.
    made_at, due_at = made_at.astimezone(UTC), due_at.astimezone(UTC)
    middle = made_at + (due_at - made_at) / 2
    return Owed(due_at, max(due_at - remind_before, middle), patience)


def next_rung(
    owed: Owed,
    team: Team,
    calls: Sequence[Call],
    away: Away,
    *,
    now: datetime,
    since: datetime | None = None,
) -> Rung | None:
    """The next call, due or to come; None once everybody was called and nobody is asked again.

    The plan's owner is the last, whatever their hours: better woken than nobody. `since` is when
    the one responsible took it themselves: the ladder begins anew with them then. Where everybody
    was passed over it does so with the first who can be called.
    """
    number = sum(call.is_own for call in calls)
    lately = [call for call in calls if since is None or call.at > since]
    if in_vain := _in_vain(team, lately):
        there = [one for one, problem in problems(team, away, now=now).items() if not problem]
        if there and in_vain == lately:
            return Rung(number, there[0], in_vain[-1].at, Why.PASSED_OVER)
        lately = lately[len(in_vain) :] or in_vain
    turn = _turn(owed, team, lately, since)
    if turn is None:
        return None
    user, at, why, is_last = turn
    absent = "" if is_last else away(user, max(at, now))
    problem = team.unreachable.get(user, "") or absent
    return Rung(number, user, at, why, problem, is_last)


def _turn(
    owed: Owed, team: Team, calls: Sequence[Call], since: datetime | None
) -> tuple[int, datetime, Why, bool] | None:
    """Whose turn it is after these calls, when, why, and whether nobody comes after them."""
    last = calls[-1] if calls else None
    if last and last.snoozed_until:
        return last.user, last.snoozed_until, Why.SNOOZED, False
    # Calls hand the thing on; the order is that of whom it began with.
    first = calls[0].user if calls else team.responsible
    left = _not_called(team.in_order(first), calls)
    if last and not left:
        again = last.at + owed.again if owed.again else None
        return (team.owner, again, Why.NO_REACTION, True) if again else None
    is_last = left == [team.owner]
    at, why = _when(owed, last, since)
    if is_last and why == Why.NO_REACTION:
        # What the plan says in the team's place, when it is due, comes before.
        at = max(at, owed.due_at + owed.patience)
    return left[0], at, why, is_last


def problems(team: Team, away: Away, *, now: datetime) -> dict[int, str]:
    """Why each of the team cannot be called at this moment, in order; empty for those who can."""
    return {
        one: team.unreachable.get(one) or ("" if one == team.owner else away(one, now))
        for one in team.everybody
    }


def _in_vain(team: Team, calls: Sequence[Call]) -> list[Call]:
    """The calls at the beginning that reached nobody, if all were passed over by them."""
    passed_over = list(takewhile(lambda call: call.problem, calls))
    first = passed_over[0].user if passed_over else None
    return [] if _not_called(team.in_order(first), passed_over) else passed_over


def _when(owed: Owed, last: Call | None, since: datetime | None) -> tuple[datetime, Why]:
    if last is None:
        if since and since + owed.patience > owed.starts_at:
            return since + owed.patience, Why.TOOK_OVER
        return owed.starts_at, Why.DUE_SOON
    if last.problem:
        return last.at, Why.PASSED_OVER
    return last.at + owed.patience, Why.NO_REACTION


def _not_called(people: Sequence[int], calls: Sequence[Call]) -> list[int]:
    """Whoever snoozed is called again; the owner may stand in the order twice, as lead and last."""
    called = Counter(call.user for call in calls if not call.snoozed_until)
    left = []
    for person in people:
        if called[person]:
            called[person] -= 1
        else:
            left.append(person)
    return left
