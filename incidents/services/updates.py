from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import (
    Component,
    Incident,
    IncidentComponent,
    Update,
)
from incidents.models.facts import Known, changed
from incidents.models.status import FINAL
from incidents.services import (
    done_tasks,
    postmortem_drafts,
    promises,
    proposals,
    speaking_up,
    timeline,
    told_together,
    update_checks,
)
from incidents.services.incidents import show_on_components
from incidents.services.update_checks import NotForAll, NotOpen, Outdated, WrongStatus
from messaging.services import wake


@dataclass(frozen=True)
class UpdateDraft:
    """An update before it is published; `component_statuses` maps component ids to statuses.

    `audience` is the one kind that hears it, empty for everybody. `promised` says when a kind
    hears again that has another rhythm than `next_update_due_at`; empty, the plan says it.
    `facts` are those of the incident (models/facts.py) as its author has them: those that differ
    change with it.
    `merges` are the ids of incidents that are told within this one from then on; with `parts`, an
    incident that is told within another one is told by itself again: see services/storms.py.

    `after` is the id of the last update its author has seen, 0 for none; None is not checked.
    """

    status: str
    public_text: Mapping[str, str]
    technical_text: Mapping[str, str] = field(default_factory=dict)
    next_update_due_at: datetime | None = None
    audience: str = ""
    promised: Mapping[str, datetime] = field(default_factory=dict)
    component_statuses: Mapping[int, str] = field(default_factory=dict)
    facts: Known = field(default_factory=dict)
    merges: Sequence[int] = ()
    parts: bool = False
    after: int | None = None
    origin: str = Update.Origin.PERSON


@transaction.atomic
def publish(*, incident: Incident, draft: UpdateDraft, by: User | None, now: datetime) -> Update:
    """Say something: store it with its promise, move the incident on, plan the timeline again.

    The messages go out with the next tick, which is woken at once. Where the plan wants a second
    person to approve it, it is only proposed: nothing else changes until approvals.approve().

    :raises CannotPublish: one of its subclasses says why.
    """
    incident = told_together.hold(incident_id=incident.pk, joining=draft.merges)
    story = incident.story_time(now)
    _check(incident, draft, story)
    update = written(incident=incident, draft=draft, by=by, at=story)
    speaking_up.note(incident=incident, by=by, at=story)
    proposals.supersede(incident=incident, audience=draft.audience, at=story)
    if proposals.needs_approval(update=update, statuses=draft.component_statuses):
        _propose(update, draft.component_statuses)
    else:
        _say(update, draft.component_statuses)
    return update


def written(*, incident: Incident, draft: UpdateDraft, by: User | None, at: datetime) -> Update:
    """What publishing a draft at a moment of the story would store, not stored."""
    # Waiting for approval, it must not put back what others have changed since.
    known = changed(incident, draft.facts)
    promised = _promised(incident, draft, at).items()
    return Update(
        incident=incident,
        status=draft.status,
        public_text=dict(draft.public_text),
        technical_text=dict(draft.technical_text),
        audience=draft.audience,
        next_update_due_at=draft.next_update_due_at,
        origin=draft.origin,
        changes_status=draft.status != incident.status,
        published_at=at,
        published_by=by,
        proposal={
            "promised": {kind: due_at.isoformat() for kind, due_at in promised},
            **({"facts": known} if known else {}),
            **({"merges": sorted(draft.merges)} if draft.merges else {}),
            **({"parts": True} if draft.parts else {}),
        },
    )


def _promised(incident: Incident, draft: UpdateDraft, at: datetime) -> dict[str, datetime]:
    """To those that have a rhythm of their own."""
    if draft.next_update_due_at is None or draft.audience:
        return {}
    planned = promises.proposed(incident=incident, at=at)
    return {kind: due_at for kind, due_at in (planned | dict(draft.promised)).items() if kind}


def _propose(update: Update, statuses: Mapping[int, str]) -> None:
    """Store it and ask a second person; nobody hears it, and nothing else changes."""
    update.state = Update.State.PROPOSED
    update.save()
    proposals.note_changes(update=update, statuses=statuses)
    proposals.ask(update=update, at=update.published_at)


def publish_proposal(*, update: Update, now: datetime) -> None:
    """Say what was proposed, as it was proposed; the caller holds the incident's row.

    :raises CannotPublish: it cannot be said any more.
    """
    incident, statuses = update.incident, proposals.statuses_of(update)
    update.published_at = incident.story_time(now)
    update_checks.check(update)
    update.state = Update.State.PUBLISHED
    update.changes_status = update.status != incident.status
    update.component_changes.all().delete()
    _say(update, statuses)


def _say(update: Update, statuses: Mapping[int, str]) -> None:
    incident, at = update.incident, update.published_at
    told_together.leave(update=update)
    update.save()
    told_together.join(update=update)
    change_components(update, statuses)
    incident.status = update.status
    incident.resolved_at = (incident.resolved_at or at) if incident.is_over else None
    incident.save(update_fields=["status", "resolved_at"])
    change_facts(update)
    promises.record(update=update, promised=promises.made_by(update=update))
    done_tasks.tick_off(update=update)
    postmortem_drafts.follow(update=update)
    show_on_components(incident)
    told_together.share_end(incident=incident, at=at)
    timeline.replan(incident=incident, now=at)
    transaction.on_commit(partial(wake.publish, "incidents.tasks.tick"))


def _check(incident: Incident, draft: UpdateDraft, story: datetime) -> None:
    if incident.opened_at is None:
        raise NotOpen(_("Open the incident before you publish an update."))
    latest = incident.updates.published().values_list("pk", flat=True).last()
    if draft.after is not None and draft.after != (latest or 0):
        raise Outdated(_("Another update was published meanwhile. Read it, then publish again."))
    update = written(incident=incident, draft=draft, by=None, at=story)
    update_checks.check(update)
    if draft.audience and proposals.changes(update=update, statuses=draft.component_statuses):
        raise NotForAll(_("What only some readers hear does not change the services."))
    update_checks.check_facts(update)
    if draft.origin == Update.Origin.PERSON:
        update_checks.check_words(update, draft.component_statuses)


def change_facts(update: Update) -> None:
    """Let the incident know what this update or correction says of it."""
    for name, texts in update.facts.items():
        setattr(update.incident, name, texts)
    if update.facts:
        update.incident.save(update_fields=list(update.facts))


def change_components(update: Update, statuses: Mapping[int, str]) -> None:
    """Of the whole storm: what is told within an incident has no updates of its own."""
    if unknown := set(statuses.values()) - set(Component.Status.values):
        raise WrongStatus(_("Unknown component status: %(status)s.") % {"status": unknown.pop()})
    incident = update.incident
    rows = IncidentComponent.objects.filter(incident__in=incident.storm)
    changes = proposals.note_changes(update=update, statuses=statuses)
    for change in changes:
        rows.filter(component=change.component_id).update(status=change.new_status)
    if changes and update.status not in FINAL:  # what is over keeps the impact it had
        for one in (*incident.merged.all(), incident):
            one.roll_up_impact()
