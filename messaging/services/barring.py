"""The last look before a message goes out: the last-second unsubscribe wins."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.db.models import Case, Exists, OuterRef, QuerySet, Value, When
from django.db.models.fields import BooleanField, CharField
from django.db.models.functions import Now

from audiences.models import Detail, Subscription, Suppression
from messaging.models import Broadcast, Delivery
from messaging.services import asking, wishes
from messaging.states import UNHEARD, State

_LEFT = "unsubscribed"
_FIELDS = ("pk", "address", "language", "time_zone", "detail", "segment_id", "contact_id")


@dataclass(slots=True)
class Claimed:
    """What is known of a delivery while it is being sent."""

    pk: int
    address: str
    language: str
    time_zone: str
    detail: str
    segment_id: int | None
    contact_id: int | None
    name: str | None
    consent_at: datetime | None
    is_suppressed: bool
    has_left: bool
    is_superseded: bool
    is_paused: bool
    # Why somebody is not to be asked for feedback (again); "" where nothing speaks against it.
    unasked: str
    broadcast: Broadcast


@dataclass(frozen=True)
class Others:
    """The broadcasts that matter to one: those that replace it, see `newer_of_the_story()`, and
    of a request for feedback those that it comes too soon after, and the one it reminds of."""

    newer: Collection[int] = ()
    lately: Sequence[int] = ()
    reminds: int | None = None

    @classmethod
    def of(cls, broadcast: Broadcast) -> Self:
        if broadcast.purpose != Broadcast.Purpose.FEEDBACK:
            return cls(newer_of_the_story(broadcast))
        return cls((), asking.lately(broadcast), broadcast.reminds_id)


def look_at(
    deliveries: QuerySet[Delivery], broadcast: Broadcast, others: Others | None = None
) -> list[Claimed]:
    """Read deliveries of one broadcast, each with what may stand against it."""
    return read(seen(deliveries, others or Others()), broadcast)


def seen(deliveries: QuerySet[Delivery], others: Others) -> QuerySet[Delivery, Any]:
    """The question behind `look_at()`, which can be narrowed further before it is read."""
    return deliveries.values_list(
        *_FIELDS, "contact__name", "contact__feedback_consent_at", *_objections(others)
    )


def read(rows: Iterable[Any], broadcast: Broadcast) -> list[Claimed]:
    return [Claimed(*(*row, broadcast)) for row in rows]


def _objections(others: Others) -> tuple[Any, ...]:
    suppressed = Suppression.objects.active().filter(
        channel=OuterRef("channel"), address=OuterRef("address")
    )
    left = Subscription.objects.filter(
        contact=OuterRef("contact"),
        segment=OuterRef("segment"),
        channel=OuterRef("channel"),
        state=Subscription.State.UNSUBSCRIBED,
    )
    # The contact is read along anyway: this costs no question more.
    paused = Case(
        When(contact__paused_until__gt=Now(), then=True),
        default=False,
        output_field=BooleanField(),
    )
    return Exists(suppressed), Exists(left), superseded_by(others.newer), paused, _unasked(others)


def _unasked(others: Others) -> Any:
    whens = []
    if others.reminds:
        whens.append(When(asking.has_answered(others.reminds, "contact"), then=Value("answered")))
    if others.lately:
        was_asked = asking.was_asked(others.lately, "contact")
        whens.append(When(was_asked, then=Value("asked_lately")))
    return Case(*whens, default=Value("")) if whens else Value("", output_field=CharField())


def superseded_by(newer: Collection[int]) -> Any:
    """Whether the same person is told something newer of the same story on the same channel."""
    if not newer:
        return Value(False, output_field=BooleanField())
    return Exists(
        Delivery.objects.filter(
            contact=OuterRef("contact"), channel=OuterRef("channel"), broadcast__in=newer
        ).exclude(state__in=UNHEARD)
    )


def newer_of_the_story(broadcast: Broadcast) -> list[int]:
    """The broadcasts that say what is true now instead of this one."""
    if broadcast.purpose != Broadcast.Purpose.NOTICE or broadcast.started_at is None:
        return []
    newer = Broadcast.objects.filter(
        thread=broadcast.thread,
        purpose=Broadcast.Purpose.NOTICE,
        supersedes=True,
        # What starts together says the same to different audiences.
        started_at__gt=broadcast.started_at,
        state__in=Broadcast.STARTED,
    )
    return list(newer.values_list("pk", flat=True))


def superseded(*, broadcast: Broadcast) -> int:
    """How many that wait will not go out, because the same people are told something newer."""
    newer = newer_of_the_story(broadcast)
    waiting = Delivery.objects.filter(broadcast=broadcast, state=State.PENDING)
    return waiting.filter(superseded_by(newer)).count() if newer else 0


def objection(claimed: Claimed, channel: str) -> tuple[State, str] | None:
    """What stands against sending it, and what would become of it; None when nothing does."""
    if claimed.is_superseded:
        return State.CANCELLED, "superseded"
    if (channel, claimed.language, claimed.detail) in claimed.broadcast.recalled:
        return State.CANCELLED, "recalled"
    return _unwelcome(claimed)


def _unwelcome(claimed: Claimed) -> tuple[State, str] | None:
    """Why this person is not to be written to; None when nothing stands against it."""
    purpose = claimed.broadcast.purpose
    # The second where the contact was erased while the recipients were being written.
    if claimed.contact_id is None or claimed.name is None:
        return State.SKIPPED, "erased"
    if claimed.is_suppressed:
        return State.SKIPPED, "suppressed"
    # What somebody has just asked for comes during a pause too, and so does duty.
    if claimed.is_paused and purpose not in Broadcast.PERSONAL:
        return State.SKIPPED, "paused"
    if claimed.broadcast.needs_consent and not claimed.consent_at:
        return State.SKIPPED, "no_consent"
    if claimed.unasked:
        return State.SKIPPED, claimed.unasked
    if claimed.has_left:
        return State.SKIPPED, _LEFT
    return None


def is_wanted(claimed: Claimed, channel: str) -> bool:
    """Whether it may go out just as it was claimed."""
    why = objection(claimed, channel)
    return why is None or (why[1] == _LEFT and _detail_left(claimed, channel) == claimed.detail)


def _narrow_detail(claimed: Claimed, channel: str) -> bool:
    """Whoever left one list of the audience is told what the others are entitled to.

    False when there are no others.
    """
    detail = _detail_left(claimed, channel)
    if detail:
        claimed.detail = detail
        Delivery.objects.filter(pk=claimed.pk).update(detail=detail)
    return bool(detail)


def _detail_left(claimed: Claimed, channel: str) -> str:
    """What somebody reads by the lists they are still on; "" when there are none."""
    details = {
        segment.detail
        for segment in claimed.broadcast.segments.all()
        if segment.members(channel).filter(pk=claimed.contact_id or 0).exists()
    }
    if not details:
        return ""
    return claimed.detail if Detail.TECHNICAL in details else Detail.PUBLIC


def drop_barred(claimed: Collection[Claimed], channel: str) -> list[Claimed]:
    """Settle what must not go out, and put off what must not go out yet; returns the rest."""
    going: list[Claimed] = []
    barred: dict[tuple[State, str], list[int]] = {}
    for one in claimed:
        why = objection(one, channel)
        if why and not (why[1] == _LEFT and _narrow_detail(one, channel)):
            barred.setdefault(why, []).append(one.pk)
        else:
            going.append(one)
    for (state, code), ids in barred.items():
        Delivery.objects.filter(pk__among=ids).move(state, error_code=code, final_at=Now())
    return _let_sleep(going, channel)


def _let_sleep(going: list[Claimed], channel: str) -> list[Claimed]:
    """A retry, or what has waited for long, may fall into hours that were not quiet before."""
    of_broadcast: dict[int, list[Claimed]] = {}
    for one in going:
        of_broadcast.setdefault(one.broadcast.pk, []).append(one)
    late: dict[datetime, list[int]] = {}
    for some in of_broadcast.values():
        people = [one.contact_id for one in some if one.contact_id]
        ends = wishes.asleep(broadcast=some[0].broadcast, channel=channel, people=people)
        for one in some:
            if end := ends.get(one.contact_id or 0):
                late.setdefault(end, []).append(one.pk)
    for end, ids in late.items():
        rows = Delivery.objects.filter(pk__among=ids)
        # Of these some are claimed already, at a second look; what is being sent is let be.
        rows.filter(state=State.CLAIMED).move(State.PENDING)
        rows.filter(state=State.PENDING).update(not_before=end)
    asleep = {pk for ids in late.values() for pk in ids}
    return [one for one in going if one.pk not in asleep]
