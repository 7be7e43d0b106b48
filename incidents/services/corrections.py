"""What was said was wrong: say what is right, to exactly those who got it, and on the page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Incident, PlanStep, TimelineEntry, Update
from incidents.services import (
    promises,
    proposals,
    timeline,
    told_together,
    updates,
    wrong_copies,
)
from incidents.services.incidents import show_on_components
from incidents.services.updates import (
    CannotPublish,
    DrillIsOver,
    NothingToSay,
    Outdated,
    PromiseInThePast,
    PromiseTooFar,
)
from incidents.services.wrong_copies import Retold
from messaging.models import Broadcast
from messaging.services import amending, broadcasts, wake
from messaging.services.placeholders import BadTemplate

State, Reason = TimelineEntry.State, TimelineEntry.Reason


class NothingCorrected(CannotPublish):
    pass


class PromiseIsPast(CannotPublish):
    """It was answered, or has passed: a new update promises the next one."""


class CannotBeSaid(CannotPublish):
    """A template lacks a text, or asks for what nobody knows."""


class NotTheLatest(CannotPublish):
    """Other words have followed: what they left is not changed by putting earlier ones right."""


@dataclass(frozen=True)
class Correction:
    """What is right, in place of what was said.

    `promised` are the times that were meant, by the audience they were promised to; see
    promisable(). `component_statuses`, `effect` and `workaround` can be corrected of the latest
    update; what is None or not named stays.
    `withdraws` is one of Update.Withdrawal: the texts then say that, in place of what was said.
    `after` is the id of the version that its author has seen; None is not checked.
    """

    public_text: Mapping[str, str]
    technical_text: Mapping[str, str] = field(default_factory=dict)
    promised: Mapping[str, datetime] = field(default_factory=dict)
    component_statuses: Mapping[int, str] = field(default_factory=dict)
    effect: Mapping[str, str] | None = None
    workaround: Mapping[str, str] | None = None
    withdraws: str = ""
    quotes_wrong: bool = True
    after: int | None = None


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
    _check(said, correction)
    for waiting in wrong.corrections.filter(state=Update.State.PROPOSED):
        newer = _("Somebody has written something newer.")
        proposals.drop(update=waiting, because=newer, at=said.published_at)
    if _needs_approval(said, statuses):
        said.state = Update.State.PROPOSED
        said.save()
        proposals.note_changes(update=said, statuses=statuses)
        proposals.ask(update=said, at=said.published_at)
    else:
        _say(said, statuses, now)
    return said


def written(*, update: Update, correction: Correction, by: User | None, at: datetime) -> Update:
    """What correcting an update at a moment of the story would store, not stored."""
    incident, owed = update.incident, _owed(update.incident, at)
    kept = {"effect": correction.effect, "workaround": correction.workaround}
    said = Update(
        incident=incident,
        corrects=update,
        status=incident.status,
        audience=update.audience,
        public_text=dict(correction.public_text),
        technical_text=dict(correction.technical_text),
        withdraws=correction.withdraws,
        quotes_wrong=correction.quotes_wrong and not correction.withdraws,
        published_at=at,
        published_by=by,
        proposal={
            "after": update.as_corrected.pk,
            "meant": {
                kind: due_at.isoformat()
                for kind, due_at in correction.promised.items()
                if owed.get(kind) != due_at
            },
            **{name: dict(texts) for name, texts in kept.items() if texts is not None},
        },
    )
    _state_promises(said, at)
    return said


def restate(*, correction: Update, at: datetime) -> None:
    """Let a stored proposal say when its readers hear again as that is promised by now."""
    _state_promises(correction, at)
    correction.save(update_fields=["status", "next_update_due_at", "proposal"])


def _state_promises(said: Update, at: datetime) -> None:
    stated = _owed(said.incident, at) | _meant(said)
    said.status = said.incident.status
    said.next_update_due_at = stated.get(said.audience, stated.get(""))
    said.proposal["promised"] = {kind: due.isoformat() for kind, due in stated.items() if kind}


def promisable(*, update: Update, at: datetime) -> dict[str, datetime]:
    """The times an update has promised that can still be put right, by audience."""
    versions = update.versions
    owed = update.incident.promises.filter(settled_at=None, update__in=versions, due_at__gt=at)
    return dict(owed.values_list("audience", "due_at"))


def is_latest(update: Update) -> bool:
    """Whether nothing was said after it, and so what it left is as it is."""
    latest = update.incident.updates.published().values_list("pk", flat=True).last()
    return latest == update.pk and not update.incident.merged_into_id


def _owed(incident: Incident, at: datetime) -> dict[str, datetime]:
    """When each audience hears again, as far as it is promised and has not passed."""
    if incident.is_over:
        return {}
    owed = incident.promises.filter(settled_at=None, due_at__gt=at)
    return dict(owed.values_list("audience", "due_at"))


def _meant(said: Update) -> dict[str, datetime]:
    """What it promises otherwise than was said, by audience."""
    return {kind: datetime.fromisoformat(at) for kind, at in said.proposal["meant"].items()}


def check(said: Update) -> None:
    """Whether a correction can be said at the moment it carries, stored or not.

    :raises CannotPublish: one of its subclasses says why not.
    """
    incident, wrong = said.incident, said.corrects
    assert wrong, "it puts an update right"
    if incident.is_ended_drill:
        raise DrillIsOver(_("This drill is over: nobody hears anything of it any more."))
    if wrong.as_corrected.pk != said.proposal["after"]:
        words = _("Somebody else has corrected it meanwhile. Read it, then correct it again.")
        raise Outdated(words)
    if not any(text.strip() for text in said.public_text.values()):
        raise NothingToSay(_("Write the public text in at least one language."))
    _check_promises(said, wrong)


def _check_promises(said: Update, wrong: Update) -> None:
    at, farthest = said.published_at, promises.farthest(kind=said.incident.kind)
    meant = _meant(said)
    if meant.keys() - promisable(update=wrong, at=at).keys():
        words = _("What was promised has passed, or was answered: publish an update.")
        raise PromiseIsPast(words)
    if any(due_at <= at for due_at in meant.values()):
        raise PromiseInThePast(_("The next update must be promised for the future."))
    if any(due_at - at > farthest for due_at in meant.values()):
        words = _("The next update must come within %(days)d days: promise an earlier one.")
        raise PromiseTooFar(words % {"days": farthest.days})


def _check(said: Update, correction: Correction) -> None:
    wrong = said.corrects
    assert wrong, "it puts an update right"
    if not wrong.is_published:
        raise NothingCorrected(_("It was never said: there is nothing to correct."))
    if correction.after not in (None, wrong.as_corrected.pk):
        words = _("Somebody else has corrected it meanwhile. Read it, then correct it again.")
        raise Outdated(words)
    check(said)
    changed = proposals.changes(update=said, statuses=correction.component_statuses)
    facts = [name for name in ("effect", "workaround") if _differs(said, name)]
    if (changed or facts) and not is_latest(wrong):
        words = _("Something was said after it: publish an update about what is different now.")
        raise NotTheLatest(words)
    before = wrong.as_corrected
    texts = [(before.public_text, before.technical_text), (said.public_text, said.technical_text)]
    is_other = changed or facts or said.withdraws or _meant(said)
    if not is_other and texts[0] == texts[1]:
        raise NothingCorrected(_("Nothing has been changed: correct what is wrong."))
    if not said.withdraws:
        updates.check_words(said, correction.component_statuses)


def _differs(said: Update, name: str) -> bool:
    now = getattr(said.incident, name)
    return bool(said.proposal.get(name, now) != now)


def _needs_approval(said: Update, statuses: Mapping[int, str]) -> bool:
    try:
        return proposals.needs_approval(update=said, statuses=statuses)
    except (BadTemplate, broadcasts.NoVariant) as error:
        raise _unsayable(error) from error


def _unsayable(error: Exception) -> CannotBeSaid:
    words = _("The template cannot be used (%(error)s). Mend it first.")
    return CannotBeSaid(words % {"error": error})


def publish_proposal(*, correction: Update, now: datetime) -> None:
    """Say what was proposed, as it was proposed; the caller holds the incident's row.

    :raises CannotPublish: it cannot be said any more.
    """
    statuses = proposals.statuses_of(correction)
    correction.published_at = correction.incident.story_time(now)
    check(correction)
    correction.component_changes.all().delete()
    _say(correction, statuses, now)


def _say(said: Update, statuses: Mapping[int, str], now: datetime) -> None:
    incident, at = said.incident, said.published_at
    then = proposals.as_it_would_be(update=said, statuses=statuses)
    try:
        # Asked before anything changes: it compares what was said with what is to be.
        retold = wrong_copies.retold(correction=said, then=then)
        said.state = Update.State.PUBLISHED
        said.save()
        updates.change_components(said, statuses)
        for name in ("effect", "workaround"):
            setattr(incident, name, said.proposal.get(name, getattr(incident, name)))
        incident.save(update_fields=["effect", "workaround"])
        promises.correct(correction=said, promised=_meant(said))
        for one in retold:
            _tell(said, one, now)
    except (BadTemplate, broadcasts.NoVariant) as error:
        raise _unsayable(error) from error
    _stop_what_is_planned(said)
    show_on_components(incident)
    timeline.replan(incident=incident, now=at)
    transaction.on_commit(partial(wake.publish, "incidents.tasks.tick"))


def _tell(said: Update, retold: Retold, now: datetime) -> None:
    by, wrong = said.published_by, retold.wrong
    told = [("correction", retold.correction), ("instead", retold.notice)]
    for place, announcement in told:
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
