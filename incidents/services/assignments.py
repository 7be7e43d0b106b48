"""Whose task it is, and until when: said when it falls due, and told to that person."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.models import Incident, PlanStep, Responder, TimelineEntry
from incidents.services import duty_letters, owed, posts, responders
from incidents.services.responders import Roster
from messaging.models import Template
from messaging.services import markdown

Role = PlanStep.Role


def assign(*, entry: TimelineEntry, roster: Roster, now: datetime) -> None:
    """Give a task that falls due to a person, with a deadline; the caller holds the incident's row.

    Whoever cannot be reached does not get it: the next who could have does. Where nobody can, it
    is the first's, and says so.
    """
    incident, step = entry.incident, entry.step
    story = incident.story_time(now)
    people = candidates(step=step, incident=incident)
    choice = responders.first_reachable(
        people, roster=roster, incident=incident, at=story, publishes=False
    )
    entry.assignee = choice.user or next(iter(people), None)
    if choice.passed_over:
        entry.note = (_("cannot be reached: %(people)s") % {"people": choice})[:500]
    entry.deadline_at = story + step.deadline if step.deadline else None
    entry.save(update_fields=["assignee", "note", "deadline_at"])
    if entry.assignee:
        _tell(entry, entry.assignee, roster, now)


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


def _tell(entry: TimelineEntry, user: User, roster: Roster, now: datetime) -> None:
    def known(responder: Responder) -> dict[str, str]:
        has_end = entry.deadline_at is not None
        due = duty_letters.due_of(owed.of_entry(entry), responder) if has_end else ""
        return {
            "what": entry.step.name,
            "instructions": "\n\n".join(
                filter(None, [entry.step.instructions, *_words_to_post(entry)])
            ),
            "due": due,
            "why": _("The plan gives it to you."),
        }

    duty_letters.tell(
        user=user,
        stage=Template.Stage.DUTY_TASK,
        incident=entry.incident,
        known=known,
        roster=roster,
        now=now,
    )


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
