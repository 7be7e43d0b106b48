"""What was said was wrong: say what is right, to exactly those who got it, and on the page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Incident, PlanStep, TimelineEntry, Update
from incidents.services import (
    approval_requests,
    correction_checks,
    correction_drafts,
    promises,
    proposals,
    timeline,
    told_together,
    update_checks,
    updates,
    wrong_copies,
)
from incidents.services.correction_checks import CannotBeSaid
from incidents.services.correction_drafts import Correction, meant, written
from incidents.services.incidents import show_on_components
from incidents.services.wrong_copies import Retold
from messaging.models import Broadcast
from messaging.services import amending, wake, wrong_texts
from messaging.services.placeholders import CannotSay

State, Reason = TimelineEntry.State, TimelineEntry.Reason


@transaction.atomic
def correct(*, update: Update, correction: Correction, by: User | None, now: datetime) -> Update:
    """Put an update right: recall what of it still waits, and tell who got it.

    It neither moves the incident on nor answers a promise. Where a step that told it wants a second
    person, it is only proposed, and nothing else changes until approvals.approve().

    :raises CannotPublish: one of its subclasses says why; nothing was changed.
    """
    incident = told_together.hold(incident_id=update.incident_id)
    wrong = incident.updates.get(pk=update.corrects_id or update.pk)
    wrong.incident = incident
    said = written(update=wrong, correction=correction, by=by, at=incident.story_time(now))
    statuses = correction.component_statuses
    correction_checks.check_new(said, correction)
    update_checks.check_facts(said)
    update_checks.check_words(said, statuses)
    for waiting in wrong.corrections.filter(state=Update.State.PROPOSED):
        newer = _("Somebody has written something newer.")
        proposals.drop(update=waiting, because=newer, at=said.published_at)
    again = _retold(said, statuses)
    if asks(retold=again, incident=incident):
        said.state = Update.State.PROPOSED
        said.save()
        proposals.note_changes(update=said, statuses=statuses)
        proposals.ask(update=said, at=said.published_at)
    else:
        _say(said, again, statuses, now)
    return said


def asks(*, retold: Sequence[Retold], incident: Incident) -> bool:
    """Whether a step that tells it again wants a second person."""
    return any(approval_requests.is_needed(step=one.step, incident=incident) for one in retold)


def _retold(said: Update, statuses: Mapping[int, str]) -> list[Retold]:
    """Asked before anything changes: it compares what was said with what is to be."""
    then = proposals.as_it_would_be(update=said, statuses=statuses)
    try:
        return wrong_copies.retold(correction=said, then=then)
    except CannotSay as error:
        raise unsayable(error) from error


def unsayable(error: Exception) -> CannotBeSaid:
    words = _("The message cannot be made (%(error)s). Mend it first.")
    return CannotBeSaid(words % {"error": error})


def publish_proposal(*, correction: Update, now: datetime) -> None:
    """Say what was proposed, as it was proposed; the caller holds the incident's row.

    :raises CannotPublish: it cannot be said any more.
    """
    statuses = proposals.statuses_of(correction)
    correction.published_at = at = correction.incident.story_time(now)
    correction_drafts.restate(correction=correction, at=at)
    correction_checks.check(correction, statuses)
    correction.component_changes.all().delete()
    _say(correction, _retold(correction, statuses), statuses, now)


def _say(
    said: Update, retold: Sequence[Retold], statuses: Mapping[int, str], now: datetime
) -> None:
    incident, at = said.incident, said.published_at
    said.state = Update.State.PUBLISHED
    said.save()
    updates.change_components(said, statuses)
    updates.change_facts(said)
    promises.correct(correction=said, promised=meant(said))
    try:
        for one in retold:
            _tell(said, one, now)
    except CannotSay as error:
        raise unsayable(error) from error
    _stop_what_is_planned(said)
    show_on_components(incident)
    timeline.replan(incident=incident, now=at)
    transaction.on_commit(partial(wake.publish, "incidents.tasks.tick"))


def _tell(said: Update, retold: Retold, now: datetime) -> None:
    by, notices = said.published_by, wrong_texts.notices(retold.wrong)
    told = [
        ("correction", retold.correction, retold.wrong),
        ("instead", retold.notice, notices),
    ]
    for place, announcement, wrong in told:
        if announcement:
            broadcast = amending.start(announcement=announcement, wrong=wrong, by=by, now=now)
            _note(said, retold.step, place, broadcast)


def _note(said: Update, step: PlanStep, place: str, broadcast: Broadcast) -> None:
    at = said.published_at
    TimelineEntry.objects.create(
        incident=said.incident,
        step=step,
        slot=f"{step.pk}:{place}:{said.pk}",
        update=said,
        broadcast=broadcast,
        reason=Reason.CORRECTED,
        state=State.DONE,
        due_at=at,
        released_at=at,
        decided_by=said.published_by,
    )


def _stop_what_is_planned(said: Update) -> None:
    """What was taken back is not told later either."""
    if not said.withdraws:
        return
    coming = said.incident.timeline.filter(
        update=said.corrects, state__in=[State.PLANNED, State.WAITING]
    )
    for entry in coming.select_related("step"):
        if wrong_copies.is_concerned(entry.step, said):
            entry.state, entry.reason = State.SKIPPED, Reason.BY_A_PERSON
            entry.note, entry.decided_by = _("It was taken back."), said.published_by
            entry.save(update_fields=["state", "reason", "note", "decided_by"])
