"""Whose task it is, and until when: said when it falls due, and told to that person."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.models import Incident, PlanStep, Responder, TimelineEntry
from incidents.services import duty_letters, owed, owed_in_days, posts, responders
from incidents.services.responders import Roster
from messaging.models import Template
from messaging.services import markdown, one_by_one

Role = PlanStep.Role
# So many tasks are told in one letter in full.
_TOLD = 20


def give(*, tasks: Sequence[TimelineEntry], roster: Roster, now: datetime) -> None:
    """Give tasks of one incident that fall due to people, with their deadlines, and tell each of
    theirs together; the caller holds the incident's row.

    Where that fails the first is given alone, and the others when it is their turn: none is lost
    because of another.
    """
    first, *others = tasks
    if not others:
        _give(tasks, roster, now)
        return
    one_by_one.attempt(
        partial(_give, tasks, roster, now),
        complaint="Tasks cannot be given together; the first of them is given alone",
        about=first.pk,
        if_it_fails=lambda _error: _give([first], roster, now),
    )


@transaction.atomic
def _give(tasks: Sequence[TimelineEntry], roster: Roster, now: datetime) -> int:
    told: dict[User, list[TimelineEntry]] = defaultdict(list)
    for task in tasks:
        _assign(task, roster, now)
        if task.assignee:
            told[task.assignee].append(task)
    for user, theirs in told.items():
        _tell(theirs, user, roster, now)
    return len(tasks)


def _assign(entry: TimelineEntry, roster: Roster, now: datetime) -> None:
    """Whoever cannot be reached does not get it: the next who could have does. Where nobody can,
    it is the first's, and says so."""
    incident, step = entry.incident, entry.step
    story = incident.story_time(now)
    people = candidates(step=step, incident=incident)
    choice = responders.first_reachable(
        people, roster=roster, incident=incident, at=story, publishes=False
    )
    entry.state = TimelineEntry.State.WAITING
    entry.assignee = choice.user or next(iter(people), None)
    if choice.passed_over:
        entry.note = (_("cannot be reached: %(people)s") % {"people": choice})[:500]
    entry.deadline_at = story + step.deadline if step.deadline else None
    entry.save(update_fields=["state", "assignee", "note", "deadline_at"])


def candidates(*, step: PlanStep, incident: Incident) -> list[User]:
    """Who a task is for, and who may do it instead: named, by role, the lead, the deputies."""
    assert incident.plan, "a step comes from a plan"
    duties = incident.plan.duties.select_related("user").order_by("position")
    team = [duty.user for duty in duties]
    deputies = [user for user in team if user != incident.lead]
    owner = incident.plan.owner
    by_role = {Role.DEPUTY: [*deputies[:1]], Role.OWNER: [owner]}.get(Role(step.role or "lead"), [])
    order = [step.assignee, *by_role, incident.lead, *deputies, owner]
    return list(dict.fromkeys(user for user in order if user))


def _tell(tasks: Sequence[TimelineEntry], user: User, roster: Roster, now: datetime) -> None:
    ends = [task for task in tasks if task.deadline_at]
    first = min(ends, key=lambda task: task.deadline_at or now, default=None)

    def known(responder: Responder) -> dict[str, str]:
        return {
            "what": _named(tasks),
            "instructions": "\n\n".join(_instructions(tasks, responder)),
            "due": _due(first, responder) if first else "",
            "why": _("The plan gives it to you."),
        }

    duty_letters.tell(
        user=user,
        stage=Template.Stage.DUTY_TASK,
        incident=tasks[0].incident,
        known=known,
        roster=roster,
        now=now,
        is_urgent=not all(owed_in_days.has_days(task) for task in tasks),
    )


def _named(tasks: Sequence[TimelineEntry]) -> str:
    name, more = tasks[0].step.name, len(tasks) - 1
    if not more:
        return name
    words = ngettext(
        "%(name)s, and %(number)d more task", "%(name)s, and %(number)d more tasks", more
    )
    return words % {"name": name, "number": more}


def _instructions(tasks: Sequence[TimelineEntry], responder: Responder) -> Iterator[str]:
    for task in tasks[:_TOLD]:
        if len(tasks) > 1:
            yield f"**{markdown.escape(_headed(task, responder))}**"
        if task.step.instructions:
            yield task.step.instructions
        yield from _words_to_post(task)
    if more := len(tasks[_TOLD:]):
        words = ngettext(
            "%(number)d more task stands in the incident room.",
            "%(number)d more tasks stand in the incident room.",
            more,
        )
        yield words % {"number": more}


def _headed(task: TimelineEntry, responder: Responder) -> str:
    if not task.deadline_at:
        return task.step.name
    words = _("%(name)s – until %(time)s")
    return words % {"name": task.step.name, "time": _due(task, responder)}


def _due(task: TimelineEntry, responder: Responder) -> str:
    return duty_letters.due_of(owed.of_entry(task), responder)


def _words_to_post(entry: TimelineEntry) -> list[str]:
    """Each language with its length, ready to be copied, as Markdown that changes none of it."""
    names = dict(settings.LANGUAGES)
    return [
        ngettext(
            "To post, %(language)s, %(n)s character:",
            "To post, %(language)s, %(n)s characters:",
            post.length,
        )
        % {"language": names[post.language], "n": post.length}
        + f"\n{markdown.escape(post.text)}"
        for post in posts.of_task(entry)
        if post.text
    ]
