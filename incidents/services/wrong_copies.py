"""What a correction puts right: which texts of which messages were wrong, step by step.

A text was wrong if the correction, put into the same template, makes another one of it. So whoever
reads a language, a detail level or a channel in which nothing changes is not written to.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, product

from django.db.models import Q
from django.utils.translation import gettext as _

from audiences import languages
from audiences.models import AudienceKind, Detail, Severity
from incidents.models import Incident, PlanStep, TimelineEntry, Update
from incidents.models.facts import FACTS
from incidents.services import safe_words, telling, timeline
from incidents.services.approval_requests import Message
from messaging.models import Broadcast, BroadcastContent, Template
from messaging.services import barring, broadcasts, wrong_texts
from messaging.services.broadcasts import Announcement
from messaging.services.placeholders import CannotSay
from messaging.services.wrong_texts import Text, Wrong

_FACTS_OF_UPDATE = (*FACTS, "self_help", "components", "next_update")


@dataclass(frozen=True)
class Retold:
    """One step that told it: whoever got the wrong text gets the correction, whoever was still to
    get it gets the notice in its place; None where there is nobody, or nothing to be said."""

    step: PlanStep
    wrong: Sequence[Wrong]
    correction: Announcement
    notice: Announcement | None


def retold(*, correction: Update, then: Incident) -> list[Retold]:
    """What a correction that is not published yet sets off; `then` is the incident as it leaves it.

    :raises CannotSay: a template cannot say it.
    """
    assert correction.corrects, "it puts an update right"
    told = TimelineEntry.objects.filter(_may_be_wrong(correction), broadcast__isnull=False)
    told = told.exclude(broadcast__purpose=Broadcast.Purpose.FEEDBACK)
    told = told.select_related("step__template", "broadcast", "commitment", "schedule_change")
    told = told.order_by("step__position", "step")
    found = []
    for step, entries in groupby(told, key=lambda entry: entry.step):
        if not is_concerned(step, correction):
            continue
        if one := _retold(correction, then, step, sorted(entries, key=lambda entry: entry.pk)):
            found.append(one)
    return found


def _may_be_wrong(correction: Update) -> Q:
    """What told the update; and what has told only its facts since, such as a reminder."""
    wrong = correction.corrects
    assert wrong, "it puts an update right"
    told = Q(update__in=wrong.versions)
    if correction.withdraws:
        return told
    since = Q(incident=wrong.incident_id, released_at__gte=wrong.published_at)
    # What has put fixed words right repeats no fact.
    is_by_itself = Q(update=None) & ~Q(reason=TimelineEntry.Reason.CORRECTED)
    return told | since & is_by_itself


def entries(*, correction: Update, then: Incident) -> list[TimelineEntry]:
    """The steps that tell a correction, as entries of the timeline; not stored."""
    return [
        TimelineEntry(incident=then, step=one.step, update=correction)
        for one in retold(correction=correction, then=then)
    ]


def messages(*, correction: Update, then: Incident) -> list[Message]:
    """Exactly what those read who got the wrong text."""
    return [
        Message(one.step, one.correction.segments, said(one.correction))
        for one in retold(correction=correction, then=then)
    ]


def said(announcement: Announcement) -> Sequence[BroadcastContent]:
    """What it says; nothing where its template cannot: whoever starts it is told."""
    try:
        return broadcasts.contents(announcement=announcement)
    except CannotSay:
        return ()


def is_concerned(step: PlanStep, correction: Update) -> bool:
    """Whether those whom a step tells are among those for whom it is put right."""
    is_internal = timeline.kinds_of(step) == {AudienceKind.INTERNAL}
    return not (is_internal and correction.withdraws == Update.Withdrawal.OUTSIDE)


def told_by(entry: TimelineEntry) -> Update | None:
    """What an entry says by now of the update that it was planned for: the last version that is
    for those whom its step tells."""
    if entry.update is None:
        return None
    return [one for one in entry.update.versions if is_concerned(entry.step, one)][-1]


def _retold(
    correction: Update, then: Incident, step: PlanStep, told: Sequence[TimelineEntry]
) -> Retold | None:
    assert correction.corrects, "it puts an update right"
    right = _announced(then, told[0], correction)
    wrong = _wrong(correction, told, broadcasts.contents(announcement=right))
    if not wrong:
        return None
    first = wrong[0].broadcast
    segments = list(first.segments.all())
    severest = Severity(max(one.broadcast.severity for one in wrong))
    right = replace(right, segments=segments, channels=first.channels, severity=severest)
    words = _telling(then, told[0], _dated(correction, told[-1]))
    is_stopped = correction.withdraws or not wrong_texts.is_awaited(wrong_texts.notices(wrong))
    said_again = replace(
        right,
        facts=words.facts,
        moments=words.moments,
        title=": ".join((_("Correction"), right.title))[:300],
        template=correction_template(),
        purpose=Broadcast.Purpose.CORRECTION,
        supersedes=False,
    )
    instead = replace(right, supersedes=right.supersedes and not _has_newer(wrong))
    said_again, instead = (
        safe_words.announcement(one, step=step, incident=then)[0] for one in (said_again, instead)
    )
    return Retold(step, wrong, said_again, notice=None if is_stopped else instead)


def correction_template() -> Template:
    """The words around what is right.

    :raises NoVariant: there is none.
    """
    found = Template.objects.filter(stage=Template.Stage.CORRECTION).order_by("pk").first()
    if found is None:
        words = _(
            "There is no template for corrections. Add one for the stage “correction”, or let the"
            " command “manage.py load_plans” bring back the one that comes with the product."
        )
        raise broadcasts.NoVariant(words)
    return found


def _has_newer(wrong: Sequence[Wrong]) -> bool:
    return any(barring.newer_of_the_story(one.broadcast) for one in wrong)


def _wrong(
    correction: Update,
    told: Sequence[TimelineEntry],
    right: Sequence[BroadcastContent],
) -> list[Wrong]:
    assert correction.corrects, "it puts an update right"
    versions = {version.pk: version for version in correction.corrects.versions}
    before = {pk: _as_it_was(correction, told[0], version) for pk, version in versions.items()}
    *_earlier, latest = before
    found = []
    for entry in told:
        assert entry.broadcast, "it has told a version"
        texts = _texts(entry.broadcast)
        if not correction.withdraws:
            # Whoever got what holds again, and not yet what came between, has nothing wrong.
            for pk in (latest, entry.update_id or latest):
                texts = wrong_texts.differing(before=before[pk], after=right, texts=texts)
        if texts:
            found.append(Wrong(entry.broadcast, texts))
    return found


def _texts(broadcast: Broadcast) -> frozenset[Text]:
    return frozenset(product(broadcast.channels, languages.codes(), Detail.values))


def _as_it_was(
    correction: Update, told: TimelineEntry, version: Update
) -> Sequence[BroadcastContent]:
    """What a version would say if it was said now, instead of the correction."""
    was = copy.copy(correction)
    was.public_text, was.technical_text = version.public_text, version.technical_text
    if correction.proposal.get("meant"):
        was.next_update_due_at = version.next_update_due_at
        was.proposal = {**correction.proposal, "promised": version.proposal.get("promised", {})}
    return said(_announced(correction.incident, told, was))


def _dated(correction: Update, told: TimelineEntry) -> Update:
    """What has told only the facts is put right, not the update that it came after."""
    if told.update_id or not told.released_at:
        return correction
    dated = copy.copy(correction)
    dated.corrects = copy.copy(correction.corrects)
    assert dated.corrects, "it puts an update right"
    dated.corrects.published_at = told.released_at
    return dated


def _announced(incident: Incident, told: TimelineEntry, update: Update) -> Announcement:
    """What the step that told a version at first says of another one; if it has told only the
    facts, what it says of these."""
    return _telling(incident, told, update if told.update_id else None)


def _telling(incident: Incident, told: TimelineEntry, update: Update | None) -> Announcement:
    entry = copy.copy(told)
    entry.incident, entry.update = incident, update
    said = telling.announcement(entry)
    if update is None or not update.withdraws:
        return said
    # Whoever was not meant needs none of them.
    unsaid = dict.fromkeys(_FACTS_OF_UPDATE, "")
    return replace(said, facts={code: {**texts, **unsaid} for code, texts in said.facts.items()})
