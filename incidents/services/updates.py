from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Component, Incident, Status, Update, UpdateComponent
from incidents.models.incidents import FINAL, OF_INCIDENT, OF_MAINTENANCE
from incidents.models.plans import Kind
from incidents.services import postmortem_drafts, promises, timeline
from incidents.services.incidents import show_on_components
from messaging.services import wake


class CannotPublish(ValueError):
    """The update was refused and nothing was changed; the message says what to mend."""


class NotOpen(CannotPublish):
    pass


class NothingToSay(CannotPublish):
    pass


class PromiseMissing(CannotPublish):
    pass


class PromiseInThePast(CannotPublish):
    pass


class WrongStatus(CannotPublish):
    pass


class Outdated(CannotPublish):
    pass


@dataclass(frozen=True)
class UpdateDraft:
    """An update before it is published; `component_statuses` maps component ids to statuses.

    `audience` is the one kind that hears it, empty for everybody. `promised` says when a kind
    hears again that has another rhythm than `next_update_due_at`; empty, the plan says it.

    `after` is the id of the last update its author has seen, 0 for none; None is not checked.
    """

    status: str
    public_text: Mapping[str, str]
    technical_text: Mapping[str, str] = field(default_factory=dict)
    next_update_due_at: datetime | None = None
    audience: str = ""
    promised: Mapping[str, datetime] = field(default_factory=dict)
    component_statuses: Mapping[int, str] = field(default_factory=dict)
    after: int | None = None
    origin: str = Update.Origin.PERSON


@transaction.atomic
def publish(*, incident: Incident, draft: UpdateDraft, by: User | None, now: datetime) -> Update:
    """Say something: store it with its promise, move the incident on, plan the timeline again.

    The messages go out with the next tick, which is woken at once.

    :raises CannotPublish: one of its subclasses says why.
    """
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    story = incident.story_time(now)
    _check(incident, draft, story)
    update = Update.objects.create(
        incident=incident,
        status=draft.status,
        public_text=dict(draft.public_text),
        technical_text=dict(draft.technical_text),
        audience=draft.audience,
        next_update_due_at=draft.next_update_due_at,
        origin=draft.origin,
        changes_status=draft.status != incident.status,
        published_at=story,
        published_by=by,
    )
    _change_components(incident, update, draft.component_statuses)
    incident.status = draft.status
    incident.resolved_at = (incident.resolved_at or story) if incident.is_over else None
    incident.save(update_fields=["status", "resolved_at"])
    promises.record(update=update, promised=_promised(incident, draft, story))
    postmortem_drafts.follow(update=update)
    show_on_components(incident)
    timeline.replan(incident=incident, now=story)
    transaction.on_commit(partial(wake.publish, "incidents.tasks.tick"))
    return update


def _promised(incident: Incident, draft: UpdateDraft, at: datetime) -> dict[str, datetime]:
    if draft.next_update_due_at is None:
        return {}
    planned = promises.proposed(incident=incident, at=at, audience=draft.audience)
    return planned | dict(draft.promised) | {draft.audience: draft.next_update_due_at}


def statuses_for(incident: Incident) -> tuple[Status, ...]:
    """The statuses an update of this incident may carry, in the order of the story."""
    return OF_MAINTENANCE if incident.kind == Kind.MAINTENANCE else OF_INCIDENT


def needs_promise(*, kind: str, status: str) -> bool:
    """Every update states when the next one comes, unless it is the last one."""
    return kind == Kind.INCIDENT and status not in FINAL


def _check(incident: Incident, draft: UpdateDraft, story: datetime) -> None:
    if incident.opened_at is None:
        raise NotOpen(_("Open the incident before you publish an update."))
    latest = incident.updates.published().values_list("pk", flat=True).last()
    if draft.after is not None and draft.after != (latest or 0):
        raise Outdated(_("Another update was published meanwhile. Read it, then publish again."))
    if draft.status not in statuses_for(incident):
        raise WrongStatus(_("This status does not belong to this kind of incident."))
    if draft.status == Status.CANCELLED and incident.status in timeline.UNDER_WAY:
        raise WrongStatus(_("The work has begun: roll it back or complete it, and say so."))
    if not any(text.strip() for text in draft.public_text.values()):
        raise NothingToSay(_("Write the public text in at least one language."))
    due_at = draft.next_update_due_at
    if due_at is None and needs_promise(kind=incident.kind, status=draft.status):
        raise PromiseMissing(_("Say when the next update comes."))
    if due_at is not None and due_at <= story:
        raise PromiseInThePast(_("The next update must be promised for the future."))


def _change_components(incident: Incident, update: Update, statuses: Mapping[int, str]) -> None:
    affected = incident.affected.select_related("component").filter(component__in=statuses)
    changes = []
    for row in affected:
        new_status = statuses[row.component_id]
        if new_status not in Component.Status.values:
            raise WrongStatus(_("Unknown component status: %(status)s.") % {"status": new_status})
        if row.status != new_status:
            changes.append(
                UpdateComponent(
                    update=update,
                    component=row.component,
                    old_status=row.status,
                    new_status=new_status,
                )
            )
            row.status = new_status
            row.save(update_fields=["status"])
    UpdateComponent.objects.bulk_create(changes)
    if changes and update.status not in FINAL:  # what is over keeps the impact it had
        incident.roll_up_impact()
