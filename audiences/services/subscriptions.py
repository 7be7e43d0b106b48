"""Joining and leaving lists by the people themselves, with the evidence of how it came about."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from audiences.models import (
    Channel,
    ConsentEvent,
    Contact,
    Detail,
    Purpose,
    Segment,
    Subscription,
    address_field,
)
from audiences.services import consents
from audiences.services.consents import Proof

Kind = ConsentEvent.Kind
State = Subscription.State
_LEFT_BY_LINK = Q(state=State.UNSUBSCRIBED, source=Subscription.Source.LINK)


def heard(*, contact: Contact, channel: str, among: QuerySet[Segment]) -> list[Segment]:
    """The segments through which a contact hears a channel at the moment."""
    return [
        segment
        for segment in among.order_by("name")
        if segment.members(channel).filter(pk=contact.pk).exists()
    ]


def left(*, contact: Contact, channel: str, among: QuerySet[Segment]) -> list[Segment]:
    """The segments a contact has left on a channel by a link in a message."""
    rows = contact.subscriptions.filter(_LEFT_BY_LINK, channel=channel, segment__in=among)
    return [row.segment for row in rows.select_related("segment").order_by("segment__name")]


@transaction.atomic
def request(
    *, contact: Contact, segments: Iterable[Segment], channel: str, proof: Proof, now: datetime
) -> None:
    """Note that somebody, perhaps the contact, wants to hear these; nothing is sent by it.

    Whoever has left a list stays away from it until they confirm.
    """
    for segment in segments:
        Subscription.objects.get_or_create(
            contact=contact,
            segment=segment,
            channel=channel,
            defaults=_values(State.UNCONFIRMED, proof, now),
        )
        _record(contact, Kind.REQUESTED, proof, now, segment, channel)


@transaction.atomic
def join(
    *, contact: Contact, segments: Iterable[Segment], channel: str, proof: Proof, now: datetime
) -> list[Segment]:
    """Let a contact hear these segments on a channel, at their own, proven wish; returns those
    they had not joined before."""
    joined = []
    for segment in segments:
        row = _locked(contact, segment, channel)
        if row and row.state == State.CONFIRMED:
            continue
        if not _is_for_the_rule(segment):
            _write(
                row or Subscription(contact=contact, segment=segment, channel=channel),
                State.CONFIRMED,
                proof,
                now,
            )
        elif row:
            row.delete()
        _record(contact, Kind.GIVEN, proof, now, segment, channel)
        joined.append(segment)
    return joined


@transaction.atomic
def leave(
    *, contact: Contact, segments: Iterable[Segment], channel: str, proof: Proof, now: datetime
) -> list[Segment]:
    """Stop reaching a contact through these segments on a channel; returns those just left.

    A row is created where there was none, so that a rule no longer reaches the person either.
    Leaving again changes nothing: the first evidence stays.
    """
    just_left = []
    for segment in segments:
        row, created = Subscription.objects.select_for_update().get_or_create(
            contact=contact,
            segment=segment,
            channel=channel,
            defaults=_values(State.UNSUBSCRIBED, proof, now),
        )
        if not created and row.state == State.UNSUBSCRIBED:
            continue
        if not created:
            _write(row, State.UNSUBSCRIBED, proof, now)
        _record(contact, Kind.WITHDRAWN, proof, now, segment, channel)
        just_left.append(segment)
    return just_left


@transaction.atomic
def leave_all(
    *,
    contact: Contact,
    channels: Collection[str] = tuple(Channel.values),
    proof: Proof,
    now: datetime,
) -> dict[str, list[Segment]]:
    """Stop everything a contact hears on these channels, and asking for feedback, which has no
    channel of its own; returns by channel what was left.

    What was only asked for is dropped: no letter from before can bring it back.
    """
    waiting = contact.subscriptions.filter(state=State.UNCONFIRMED, channel__in=channels)
    if waiting.delete()[0]:
        [only] = channels if len(channels) == 1 else [""]
        consents.record(contact=contact, kind=Kind.WITHDRAWN, proof=proof, now=now, channel=only)
    just_left = {}
    for name in channels:
        subscribed = Segment.objects.filter(
            subscriptions__contact=contact,
            subscriptions__channel=name,
            subscriptions__state=State.CONFIRMED,
        )
        named = heard(contact=contact, channel=name, among=Segment.objects.exclude(rule={}))
        everything = {*subscribed, *named}
        just_left[str(name)] = leave(
            contact=contact, segments=everything, channel=name, proof=proof, now=now
        )
    withdraw_feedback_consent(contact=contact, proof=proof, now=now)
    return just_left


def withdrawn_since(*, contact: Contact, channel: str, moment: datetime) -> QuerySet[Segment]:
    """The segments a contact has left by a link after that moment, for this channel."""
    left = contact.consents.filter(
        kind=Kind.WITHDRAWN,
        purpose=Purpose.NOTICE,
        source=Subscription.Source.LINK,
        at__gt=moment,
        channel__in=("", channel),
    )
    if left.filter(segment=None).exists():
        return Segment.objects.all()
    return Segment.objects.filter(pk__in=left.values("segment"))


@transaction.atomic
def rejoin(
    *, contact: Contact, segments: Iterable[Segment], channel: str, proof: Proof, now: datetime
) -> None:
    """Take back leaving these segments on a channel; others stay as they are."""
    rows = contact.subscriptions.filter(_LEFT_BY_LINK, channel=channel, segment__in=list(segments))
    _restore(rows, proof, now)


@transaction.atomic
def rejoin_all(
    *,
    contact: Contact,
    channels: Collection[str] = tuple(Channel.values),
    proof: Proof,
    now: datetime,
) -> None:
    """Take back the contact's latest leaving on these channels, whatever it included; older ones
    stay. Only on all of them does it include feedback requests: of who holds a telephone alone it
    is not known whether it was they who ended those."""
    withdrawn = contact.consents.filter(kind=Kind.WITHDRAWN, source=Subscription.Source.LINK)
    if not set(Channel.values) <= set(channels):
        withdrawn = withdrawn.filter(purpose=Purpose.NOTICE)
    latest = withdrawn.filter(channel__in=("", *channels)).order_by("-at").first()
    if latest is None:
        return
    left = contact.subscriptions.filter(_LEFT_BY_LINK, channel__in=channels, changed_at=latest.at)
    _restore(left, proof, now)
    if withdrawn.filter(at=latest.at, purpose=Purpose.FEEDBACK).exists():
        give_feedback_consent(contact=contact, proof=proof, now=now)


def withdraw_feedback_consent(*, contact: Contact, proof: Proof, now: datetime) -> None:
    if contact.feedback_consent_at is not None:
        _set_feedback(contact, None, Kind.WITHDRAWN, proof, now)


def give_feedback_consent(*, contact: Contact, proof: Proof, now: datetime) -> None:
    if contact.feedback_consent_at is None:
        _set_feedback(contact, now, Kind.GIVEN, proof, now)


@transaction.atomic
def _set_feedback(
    contact: Contact, since: datetime | None, kind: str, proof: Proof, now: datetime
) -> None:
    contact.feedback_consent_at = since
    contact.save(update_fields=["feedback_consent_at"])
    consents.record(contact=contact, kind=kind, proof=proof, now=now, purpose=Purpose.FEEDBACK)


def _restore(rows: QuerySet[Subscription], proof: Proof, now: datetime) -> None:
    for row in rows.select_related("segment", "contact").select_for_update(of=("self",)):
        if not _is_where_it_was_left(row):
            continue
        if _is_for_the_rule(row.segment):
            row.delete()
        else:
            _write(row, State.CONFIRMED, proof, now)
        _record(row.contact, Kind.GIVEN, proof, now, row.segment, row.channel)


def _is_where_it_was_left(row: Subscription) -> bool:
    """Whether the person still has the address, as far as the evidence tells them apart."""
    left = row.contact.consents.filter(
        kind=Kind.WITHDRAWN, segment=row.segment, channel=row.channel, at=row.changed_at
    )
    address = consents.hint(getattr(row.contact, address_field(row.channel)))
    return not left.exclude(address=address).exists()


def _is_for_the_rule(segment: Segment) -> bool:
    """Nobody grants themselves technical detail for good: where a rule gives it, the rule alone
    decides again."""
    return segment.detail == Detail.TECHNICAL and bool(segment.rule)


def _locked(contact: Contact, segment: Segment, channel: str) -> Subscription | None:
    rows = Subscription.objects.select_for_update()
    return rows.filter(contact=contact, segment=segment, channel=channel).first()


def _write(row: Subscription, state: str, proof: Proof, now: datetime) -> None:
    for name, value in _values(state, proof, now).items():
        setattr(row, name, value)
    row.save()


def _values(state: str, proof: Proof, now: datetime) -> dict[str, object]:
    return {
        "state": state,
        "source": proof.source,
        "evidence": proof.evidence[:500],
        "changed_at": now,
    }


def _record(
    contact: Contact, kind: str, proof: Proof, now: datetime, segment: Segment, channel: str
) -> None:
    consents.record(
        contact=contact, kind=kind, proof=proof, now=now, segment=segment, channel=channel
    )
