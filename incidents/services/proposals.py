"""What a person wrote and a second one must approve before anybody hears it."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from incidents import planning
from incidents.models import (
    Approval,
    Incident,
    PlanStep,
    TimelineEntry,
    Update,
    UpdateComponent,
)
from incidents.models.facts import facts_of
from incidents.models.status import FINAL
from incidents.services import approval_requests, telling, timeline, wrong_copies
from incidents.services.approval_requests import Asked, Message

_UNSAVED = -1


def entries_telling(*, update: Update, statuses: Mapping[int, str]) -> list[TimelineEntry]:
    """The entries that would tell an update if it was published; nothing is stored.

    `statuses` is what it makes of the components, by their ids.
    """
    incident = as_it_would_be(update=update, statuses=statuses)
    if update.corrects_id:
        return wrong_copies.entries(correction=update, then=incident)
    story = timeline.story_of(incident)
    said = planning.Said(
        id=update.pk or _UNSAVED,
        status=update.status,
        at=update.published_at,
        changes_status=update.changes_status,
        audience=update.audience,
    )
    ended_at = (story.ended_at or said.at) if update.status in FINAL else None
    story = replace(story, updates=(*story.updates, said), ended_at=ended_at)
    planned = planning.plan_timeline(story, timeline.steps_of(incident), said.at)
    steps = {} if incident.plan is None else incident.plan.steps.in_bulk()
    return [
        TimelineEntry(
            incident=incident,
            step=steps[entry.step_id],
            slot=entry.slot,
            due_at=entry.due_at,
            update=update,
        )
        for entry in planned
        if entry.update_id == said.id
    ]


def needs_approval(*, update: Update, statuses: Mapping[int, str]) -> bool:
    """Whether one of the steps that would tell it needs approval: then all of it waits."""
    plan = update.incident.plan
    if plan is None or not plan.steps.filter(who=PlanStep.Who.APPROVAL).exists():
        return False
    return any(
        approval_requests.is_needed(step=entry.step, incident=entry.incident)
        for entry in entries_telling(update=update, statuses=statuses)
    )


def messages(*, update: Update) -> list[Message]:
    """Exactly what would be sent if a stored proposal was published."""
    if update.corrects_id:
        then = as_it_would_be(update=update, statuses=statuses_of(update))
        return wrong_copies.messages(correction=update, then=then)
    entries = entries_telling(update=update, statuses=statuses_of(update))
    return [telling.message(entry) for entry in entries if entry.step.who != PlanStep.Who.TASK]


def statuses_of(update: Update) -> dict[int, str]:
    return dict(update.component_changes.values_list("component_id", "new_status"))


def about(*, update: Update) -> Asked:
    """What a second person is asked about, as it is now."""
    return approval_requests.about(
        messages=messages(update=update),
        is_correction=update.corrects_id is not None,
        words=(
            str(update.status),
            str(update.incident.status),
            update.proposal.get("merges"),
            sorted(update.facts.items()),
            _met(update),
            sorted(update.public_text.items()),
            sorted(update.technical_text.items()),
            sorted(statuses_of(update).items()),
        ),
        times=(update.next_update_due_at, sorted(update.promised_apart.items())),
    )


def ask(*, update: Update, at: datetime) -> Approval:
    """Ask a second person about a proposal as it is now; the caller holds the incident's row."""
    update.proposal["met"] = approval_requests.digest(_met(update))
    update.save(update_fields=["proposal"])
    asked, by = about(update=update), update.published_by
    return approval_requests.of_update(update=update, asked=asked, by=by, at=at)


def is_overtaken(*, update: Update) -> bool:
    """Whether others have changed what a stored proposal changes, since it was asked about."""
    return bool(update.proposal["met"] != approval_requests.digest(_met(update)))


def _met(update: Update) -> object:
    """What it replaces: the facts and the components' statuses as they are now."""
    incident, changed = update.incident, statuses_of(update)
    rows = [(row.component_id, row.status) for row in incident.touched()]
    facts = facts_of(incident, tuple(update.facts))
    return sorted(facts.items()), [row for row in sorted(rows) if row[0] in changed]


def supersede(*, incident: Incident, audience: str, at: datetime) -> None:
    """Newer words void what waits to be said to the same readers; the caller holds the row.

    So at most one proposal is open for any reader.
    """
    waiting = incident.updates.proposed()
    if audience:
        waiting = waiting.filter(Q(audience="") | Q(audience=audience))
    drop_all(updates=waiting, because=_("Somebody has written something newer."), at=at)


def drop_all(*, updates: Iterable[Update], because: str, at: datetime) -> None:
    for update in updates:
        drop(update=update, because=because, at=at)


def drop(*, update: Update, because: str, at: datetime) -> None:
    """A proposal will not be said; whoever wrote it sees why."""
    for approval in update.approvals.undecided():
        approval_requests.decide(approval, Approval.Decision.VOID, at=at, reason=because)
    update.state = Update.State.REFUSED
    update.save(update_fields=["state"])


def note_changes(*, update: Update, statuses: Mapping[int, str]) -> list[UpdateComponent]:
    """Write down what an update makes, or would make, of the components of its storm."""
    return UpdateComponent.objects.bulk_create(changes(update=update, statuses=statuses))


def changes(*, update: Update, statuses: Mapping[int, str]) -> list[UpdateComponent]:
    """What would change if the components, by their ids, had these statuses; not stored."""
    return [
        UpdateComponent(
            update=update,
            component=row.component,
            old_status=row.status,
            new_status=statuses[row.component_id],
        )
        for row in update.incident.touched()
        if row.status != statuses.get(row.component_id, row.status)
    ]


def as_it_would_be(*, update: Update, statuses: Mapping[int, str]) -> Incident:
    """The incident as publishing an update would leave it; nothing is stored."""
    incident = copy.copy(update.incident)
    incident.status = update.status
    incident.joining = update.proposal.get("merges", ())
    if update.proposal.get("parts"):
        incident.merged_into = incident.merged_at = None
    for name, texts in update.facts.items():
        setattr(incident, name, texts)
    # As in updates: what is over keeps the impact it had.
    has_changed = incident.joining or changes(update=update, statuses=statuses)
    if has_changed and update.status not in FINAL:
        incident.impact = incident.impact_with(statuses)
    return incident
