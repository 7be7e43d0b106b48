"""A message had wrong words of its own, for which nobody wrote an update: put them right.

Such as the fixed words of the template of a reminder, a post-mortem or a feedback request.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from audiences.models import AudienceKind
from incidents.models import TimelineEntry, Update
from incidents.services import (
    approval_requests,
    corrections,
    fixed_word_copies,
    timeline,
    told_together,
    update_checks,
)
from incidents.services.fixed_word_copies import RightWords
from incidents.services.update_checks import CannotPublish, DrillIsOver, NothingToSay, Outdated
from incidents.services.wrong_copies import Retold
from messaging.models import Broadcast
from messaging.services import amending, wake, wrong_texts
from messaging.services.placeholders import CannotSay

State, Reason = TimelineEntry.State, TimelineEntry.Reason


class NotByItself(CannotPublish):
    """It has told an update: that is put right, or it has told nothing."""


class NeedsSecondPerson(CannotPublish):
    """Nobody puts right alone what two people say."""


@transaction.atomic
def correct(*, entry: TimelineEntry, right: RightWords, by: User | None, now: datetime) -> None:
    """Recall what still waits of these words, and tell who got them what is right.

    It is no news of the incident: nothing of it changes.

    :raises CannotPublish: one of its subclasses says why; nothing was changed.
    """
    incident = told_together.hold(incident_id=entry.incident_id)
    entry.incident = incident
    at = incident.story_time(now)
    said = written(entry=entry, right=right, by=by, at=at)
    entries = check(entry=entry, right=right)
    update_checks.check_words(said, {})
    again = retold(entries=entries, right=right, at=at)
    notices = wrong_texts.notices(again.wrong)
    told = [("correction", again.correction, again.wrong), ("instead", again.notice, notices)]
    try:
        for place, announcement, wrong in told:
            if announcement:
                broadcast = amending.start(announcement=announcement, wrong=wrong, by=by, now=now)
                _note(entries, place, broadcast, at)
    except CannotSay as error:
        raise corrections.unsayable(error) from error
    transaction.on_commit(partial(wake.publish, "incidents.tasks.tick"))


def _note(entries: Sequence[TimelineEntry], place: str, broadcast: Broadcast, at: datetime) -> None:
    root, number = entries[0], len(fixed_word_copies.corrections(entries)) + 1
    TimelineEntry.objects.create(
        incident=root.incident,
        step=root.step,
        slot=f"{root.step_id}:{place}{fixed_word_copies.slot(root, number)}",
        broadcast=broadcast,
        reason=Reason.CORRECTED,
        state=State.DONE,
        due_at=at,
        released_at=at,
        decided_by=broadcast.started_by,
    )


def written(*, entry: TimelineEntry, right: RightWords, by: User | None, at: datetime) -> Update:
    """What is said, as the check reads it; never stored."""
    is_internal = timeline.kinds_of(entry.step) == {AudienceKind.INTERNAL}
    return Update(
        incident=entry.incident,
        status=entry.incident.status,
        audience=AudienceKind.INTERNAL if is_internal else "",
        public_text=dict(right.texts),
        proposal={"corrects_words": True},
        published_at=at,
        published_by=by,
    )


def check(*, entry: TimelineEntry, right: RightWords) -> list[TimelineEntry]:
    """Whether it can be said, but for binding rules; returns what was told, see told().

    :raises CannotPublish: one of its subclasses says why not.
    """
    if because := obstacle(entry=entry):
        raise because
    entries = fixed_word_copies.told(entry=entry)
    if right.after not in (None, len(fixed_word_copies.corrections(entries))):
        words = _("Somebody else has corrected it meanwhile. Read it, then correct it again.")
        raise Outdated(words)
    if not right.languages:
        raise NothingToSay(_("Write what is right in at least one language."))
    return entries


def obstacle(*, entry: TimelineEntry) -> CannotPublish | None:
    """Why its words cannot be put right here, whatever somebody writes."""
    if entry.update_id or entry.broadcast is None:
        return NotByItself(_("This message has told an update: correct that."))
    if entry.incident.is_ended_drill:
        return DrillIsOver(_("This drill is over: nobody hears anything of it any more."))
    if approval_requests.is_needed(step=entry.step, incident=entry.incident):
        words = _(
            "What “%(step)s” tells needs a second person, and nobody corrects that alone. Say what"
            " is right in an update."
        )
        return NeedsSecondPerson(words % {"step": entry.step.name})
    return None


def retold(*, entries: Sequence[TimelineEntry], right: RightWords, at: datetime) -> Retold:
    """Whom it reaches, and what it says to them.

    :raises CannotPublish: a template cannot say it, or nobody could read it in these languages.
    """
    try:
        again = fixed_word_copies.retold(entries=entries, right=right, at=at)
    except CannotSay as error:
        raise corrections.unsayable(error) from error
    if not again.wrong:
        # Without a wrong text it would be news, to all whom the step tells.
        raise NothingToSay(_("This message was in other languages: write what is right in these."))
    return again
