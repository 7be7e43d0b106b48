from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from audiences.models import Detail, Segment, Severity
from messaging.models import Broadcast, BroadcastContent, Template, TemplateVariant
from messaging.services import brand, rendering, wake
from messaging.services.brand import Design
from messaging.services.placeholders import CannotSay

# After this long a message is no longer news (reliability: never late, rather not at all).
LIFETIME = {
    Broadcast.Purpose.NOTICE: timedelta(hours=4),
    Broadcast.Purpose.FEEDBACK: timedelta(days=7),
    # Wrong words stay in a mailbox.
    Broadcast.Purpose.CORRECTION: timedelta(days=1),
}


class NoVariant(CannotSay):
    """The template has no text at all."""


class WrongState(Exception):
    """The broadcast is past the point where this could be done."""


@dataclass(frozen=True)
class Announcement:
    """What is to be said, to whom and how. `facts` holds one flat set of texts per language.

    `moments` are those that the facts name in our zone, each with the one on whose day it is read;
    whoever lives elsewhere reads them in their own.
    """

    title: str
    template: Template
    facts: Mapping[str, Mapping[str, str]]
    thread: str
    channels: Sequence[str]
    moments: Sequence[tuple[datetime, datetime]] = ()
    segments: Sequence[Segment] = ()
    purpose: Broadcast.Purpose = Broadcast.Purpose.NOTICE
    supersedes: bool = True
    priority: Broadcast.Priority = Broadcast.Priority.NORMAL
    severity: Severity = Severity.CRITICAL
    # Of a request for feedback: which earlier one it reminds of; and whether it is only played.
    reminds: Broadcast | None = None
    is_played: bool = False
    # What is said in place of the template's own variants.
    instead: Sequence[TemplateVariant] = ()
    # Requests whose recipients are not asked by this one.
    spares: Sequence[int] = ()
    # Whether it puts right what went only to who agreed to be asked for feedback.
    rights_a_request: bool = False

    @property
    def is_consented(self) -> bool:
        """Whether its readers get it because they agreed to be asked; it says so."""
        return self.rights_a_request or self.purpose in Broadcast.CONSENTED


def start(
    *, announcement: Announcement, by: User | None, now: datetime, design: Design | None = None
) -> Broadcast:
    """Render a message for its readers in every language, and let its recipients be frozen.

    `design` is the company's, where it was read already.

    :raises NoVariant: the template says nothing to them; nothing was started.
    :raises BadTemplate: a variant cannot be rendered; nothing was started.
    """
    said = contents(announcement=announcement, details=_read(announcement), design=design)
    # Nothing of what is foreseen goes wrong from here on: within a transaction none is needed.
    with transaction.atomic(savepoint=False):
        broadcast = _create(announcement, by, now)
        broadcast.segments.add(*announcement.segments)
        for content in said:
            content.broadcast = broadcast
        BroadcastContent.objects.bulk_create(said)
        transaction.on_commit(partial(wake.freezer, broadcast_id=broadcast.pk))
    return broadcast


def _read(announcement: Announcement) -> set[str]:
    """The detail levels of its readers; on a shared address even insiders read the public one."""
    return {Detail.PUBLIC, *(segment.detail for segment in announcement.segments)}


def _create(announcement: Announcement, by: User | None, now: datetime) -> Broadcast:
    return Broadcast.objects.create(
        title=announcement.title,
        purpose=announcement.purpose,
        supersedes=announcement.supersedes,
        priority=announcement.priority,
        severity=announcement.severity,
        reminds=announcement.reminds,
        is_played=announcement.is_played,
        spares=list(announcement.spares),
        thread=announcement.thread,
        facts=announcement.facts,
        moments=frozen(announcement.moments),
        channels=list(announcement.channels),
        state=Broadcast.State.SENDING,
        created_at=now,
        started_at=now,
        started_by=by,
        expires_at=now + LIFETIME[announcement.purpose],
    )


def frozen(moments: Sequence[tuple[datetime, datetime]]) -> list[list[str]]:
    """As a broadcast keeps them."""
    return [[at.isoformat(), seen_at.isoformat()] for at, seen_at in moments]


def thawed(moments: Iterable[Sequence[str]]) -> list[tuple[datetime, datetime]]:
    """What `frozen()` was given."""
    return [(datetime.fromisoformat(at), datetime.fromisoformat(seen)) for at, seen in moments]


def contents(
    *,
    announcement: Announcement,
    details: Collection[str] = frozenset(Detail.values),
    design: Design | None = None,
) -> list[BroadcastContent]:
    """What would be said in every language at these detail levels, rendered and not stored.

    :raises NoVariant: the template says nothing there.
    :raises BadTemplate: a variant cannot be rendered.
    """
    written = announcement.instead or announcement.template.variants.all()
    variants = [one for one in written if one.detail in details]
    if not variants:
        words = _("The template “%(template)s” has no text: write one.")
        raise NoVariant(words % {"template": announcement.template})
    facts, design = announcement.facts, design or brand.design()
    purpose = Broadcast.Purpose.FEEDBACK if announcement.is_consented else announcement.purpose
    return [content(one, facts[one.language], purpose, design) for one in variants]


def content(
    variant: TemplateVariant, facts: Mapping[str, str], purpose: str, design: Design
) -> BroadcastContent:
    """What one variant says of these facts, not stored.

    :raises BadTemplate: it cannot be rendered.
    """
    said = rendering.render(variant, facts, purpose, design)
    return BroadcastContent(
        language=variant.language,
        detail=variant.detail,
        subject=said.subject,
        text=said.text,
        html=said.html,
        sms_text=said.sms_text,
    )


def pause(*, broadcast: Broadcast, because: str) -> None:
    """Hold everything that is not yet handed over.

    :raises WrongState: it is not being sent.
    """
    _move(broadcast, {Broadcast.State.SENDING}, Broadcast.State.PAUSED, pause_reason=because[:500])


@transaction.atomic
def resume(*, broadcast: Broadcast) -> None:
    """Go on where it was paused.

    :raises WrongState: it is not paused.
    """
    _move(broadcast, {Broadcast.State.PAUSED}, Broadcast.State.SENDING, pause_reason="")
    transaction.on_commit(partial(wake.freezer, broadcast_id=broadcast.pk))
    transaction.on_commit(partial(wake.senders, channels=broadcast.channels))


def cancel(*, broadcast: Broadcast, now: datetime) -> None:
    """Stop for good. What is handed over cannot be recalled; the sweep settles what is not.

    :raises WrongState: it is over already.
    """
    _move(
        broadcast, set(Broadcast.State) - Broadcast.OVER, Broadcast.State.CANCELLED, finished_at=now
    )
    transaction.on_commit(wake.sweeper)


def reprioritise(*, broadcast: Broadcast, priority: Broadcast.Priority) -> None:
    """Let a broadcast go before others, or after them; senders follow within a second.

    :raises WrongState: it is over already.
    """
    unfinished = Broadcast.objects.filter(pk=broadcast.pk).exclude(state__in=Broadcast.OVER)
    if not unfinished.update(priority=priority):
        raise WrongState(broadcast.title)
    broadcast.refresh_from_db()


def _move(
    broadcast: Broadcast, allowed: set[Broadcast.State], to: Broadcast.State, **changes: object
) -> None:
    moved = Broadcast.objects.filter(pk=broadcast.pk, state__in=allowed).update(state=to, **changes)
    if not moved:
        raise WrongState(broadcast.title)
    broadcast.refresh_from_db()


@transaction.atomic
def finish_drained(*, now: datetime) -> int:
    """Close broadcasts with nothing left to send; returns how many."""
    drained = Broadcast.objects.drained()
    # Looked at again once it is held: a person may have sent something anew in between.
    held = list(drained.select_for_update(skip_locked=True, of=("self",)).values_list("pk"))
    ids = [pk for (pk,) in held]
    return drained.filter(pk__in=ids).update(state=Broadcast.State.FINISHED, finished_at=now)
