"""Where nobody can be called: who was passed over, why, and what mends it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from audiences.admin.moments import brief
from audiences.admin.pages import address
from audiences.colleagues import called
from audiences.languages import spoken
from incidents.admin.owed import LIMIT
from incidents.models import Incident, Promise
from incidents.services import duty_letters, unreached
from incidents.services.responders import Problem, explained
from incidents.services.unreached import Unreached


def _new(user: User) -> str:
    return f"{reverse('admin:incidents_responder_add')}?user={user.pk}"


def _responder(user: User) -> str:
    return address(user.responder)


def _contact(user: User) -> str:
    return address(user.responder.contact)


# What to do about it, which permission that takes, and where it is done.
_MENDING: Mapping[str, tuple[Lazy, str, Callable[[User], str]]] = {
    Problem.ABSENT: (_("Change the absence"), "incidents.change_responder", _responder),
    Problem.OFF_CALL: (_("Change the hours"), "incidents.change_responder", _responder),
    Problem.NO_RESPONDER: (_("Add an address"), "incidents.add_responder", _new),
    Problem.SUPPRESSED: (
        _("Add an address, or lift the suppression"),
        "audiences.change_contact",
        _contact,
    ),
    Problem.INACTIVE: (_("Look at the account"), "auth.change_user", address),
    Problem.NOT_ALLOWED: (_("Let them publish"), "auth.change_user", address),
}


@dataclass(frozen=True)
class Person:
    name: str
    problem: str
    # Empty where whoever looks may not mend it.
    mend: str = ""
    url: str = ""


@dataclass(frozen=True)
class Row:
    """One incident that nobody can be called about."""

    incident: Incident
    what: str
    due: str
    people: Sequence[Person]

    @property
    def title(self) -> str:
        return spoken(self.incident.title)


def everywhere(*, by: User, now: datetime) -> list[Row]:
    """Of the real incidents, as the first page lists them."""
    return [_row(one, by, now) for one in unreached.everywhere(now=now)[:LIMIT]]


def of(incident: Incident, *, by: User, now: datetime) -> Row | None:
    """Of one incident, as its room shows it."""
    found = unreached.of(incident=incident, now=now)
    return _row(found, by, now) if found else None


def _row(one: Unreached, by: User, now: datetime) -> Row:
    matter = one.matter
    assert matter.incident, "what is due in minutes belongs to an incident"
    # What the plan has said in their place was due before; the next word stands beside it.
    is_settled = isinstance(matter.thing, Promise) and matter.thing.settled_at is not None
    return Row(
        incident=matter.incident,
        what=duty_letters.subject_of(matter),
        due="" if is_settled else brief(matter.owed.due_at, matter.clock(now)),
        people=[_person(user, problem, by) for user, problem in one.problems.items()],
    )


def _person(user: User, problem: str, by: User) -> Person:
    person = Person(called(user), explained(problem))
    if problem not in _MENDING:
        return person
    words, permission, where = _MENDING[problem]
    return replace(person, mend=str(words), url=where(user)) if by.has_perm(permission) else person
