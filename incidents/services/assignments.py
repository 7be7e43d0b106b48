"""Whose task it is, and until when: said when it falls due, and told to that person."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from incidents.models import Incident, PlanStep, TimelineEntry
from incidents.services import duty_letters, owed, posts, responders
from incidents.services.duty_letters import Note
from incidents.services.responders import Roster

Role = PlanStep.Role


def assign(*, entry: TimelineEntry, now: datetime) -> None:
    """Give a task that falls due to a person, with a deadline; the caller holds the incident's row.

    Whoever is away does not get it: the next who could have does.
    """
    incident, step = entry.incident, entry.step
    story = incident.story_time(now)
    roster = Roster.read()
    entry.assignee = roster.first_available(candidates(step=step, incident=incident), story)
    entry.deadline_at = story + step.deadline if step.deadline else None
    entry.save(update_fields=["assignee", "deadline_at"])
    if entry.assignee and incident.mode != Incident.Mode.REPLAY:
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
    responder = roster.by_user.get(user.pk)
    problem = responders.unreachable(
        user, roster=roster, incident=entry.incident, is_urgent=True, publishes=False
    )
    if responder is None or problem:
        return
    url = duty_letters.room_url(entry.incident)
    matter = owed.of_entry(entry)
    with override(responder.contact.spoken):
        names = {
            "task": entry.step.name,
            "title": duty_letters.title_of(entry.incident),
            "due": duty_letters.due_of(matter, responder) if entry.deadline_at else "",
            "organisation": settings.ORGANISATION_NAME,
            "url": url,
        }
        by = _("Please do it by %(due)s, and tick it off.") % names
        until = by if entry.deadline_at else _("Tick it off when it is done.")
        task = _("Your task: %(task)s") % names
        said = (task, entry.step.instructions, *_words_to_post(entry), until)
        note = Note(
            subject=_("Your task: %(task)s · %(title)s") % names,
            before=[*filter(None, said)],
            button=_("To the incident room"),
            url=url,
            sms=_("%(organisation)s: your task: %(task)s. %(title)s\n%(url)s") % names,
        )
    duty_letters.send(
        responder=responder,
        channels=responders.channels(responder, is_urgent=True),
        note=note,
        facts={},
        thread=duty_letters.thread(entry.incident),
        lifetime=duty_letters.LIFETIME,
        now=now,
    )


def _words_to_post(entry: TimelineEntry) -> list[str]:
    """Each language with its length, ready to be copied."""
    names = dict(settings.LANGUAGES)
    return [
        ngettext(
            "To post, %(language)s, %(n)s character:",
            "To post, %(language)s, %(n)s characters:",
            post.length,
        )
        % {"language": names[post.language], "n": post.length}
        + f"\n{post.text}"
        for post in posts.of_task(entry)
        if post.text
    ]
