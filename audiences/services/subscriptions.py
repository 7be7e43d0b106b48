"""Joining and leaving lists by the people themselves, with the evidence of how it came about."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from audiences.models import Channel, Contact, Detail, Segment, Subscription

_LEFT_BY_LINK = Q(state=Subscription.State.UNSUBSCRIBED, source=Subscription.Source.LINK)


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
def leave(
    *, contact: Contact, segments: Iterable[Segment], channel: str, evidence: str, now: datetime
) -> None:
    """Stop reaching a contact through these segments on a channel.

    A row is created where there was none, so that a rule no longer reaches the person either.
    Leaving again changes nothing: the first evidence stays.
    """
    for segment in segments:
        row, created = Subscription.objects.select_for_update().get_or_create(
            contact=contact,
            segment=segment,
            channel=channel,
            defaults={
                "state": Subscription.State.UNSUBSCRIBED,
                "source": Subscription.Source.LINK,
                "evidence": evidence,
                "changed_at": now,
            },
        )
        if not created and row.state != Subscription.State.UNSUBSCRIBED:
            _set(row, Subscription.State.UNSUBSCRIBED, evidence, now)


@transaction.atomic
def leave_all(
    *, contact: Contact, channel: str | None = None, evidence: str, now: datetime
) -> None:
    """Stop everything a contact hears, on one channel or on all, and asking for feedback."""
    for name in [channel] if channel else Channel.values:
        subscribed = Segment.objects.filter(
            subscriptions__contact=contact,
            subscriptions__channel=name,
            subscriptions__state=Subscription.State.CONFIRMED,
        )
        named = heard(contact=contact, channel=name, among=Segment.objects.exclude(rule={}))
        leave(
            contact=contact,
            segments={*subscribed, *named},
            channel=name,
            evidence=evidence,
            now=now,
        )
    withdraw_feedback_consent(contact=contact)


@transaction.atomic
def rejoin(
    *, contact: Contact, segments: Iterable[Segment], channel: str, evidence: str, now: datetime
) -> None:
    """Take back leaving these segments on a channel; others stay as they are."""
    rows = contact.subscriptions.filter(_LEFT_BY_LINK, channel=channel, segment__in=list(segments))
    _restore(rows, evidence, now)


@transaction.atomic
def rejoin_all(*, contact: Contact, evidence: str, now: datetime) -> None:
    """Take back the contact's latest leaving, whatever it included; older ones stay."""
    rows = contact.subscriptions.filter(_LEFT_BY_LINK)
    if latest := rows.order_by("-changed_at").first():
        _restore(rows.filter(changed_at=latest.changed_at), evidence, now)


def withdraw_feedback_consent(*, contact: Contact) -> None:
    contact.feedback_consent_at = None
    contact.save(update_fields=["feedback_consent_at"])


def give_feedback_consent(*, contact: Contact, now: datetime) -> None:
    contact.feedback_consent_at = now
    contact.save(update_fields=["feedback_consent_at"])


def _restore(rows: QuerySet[Subscription], evidence: str, now: datetime) -> None:
    for row in rows.select_related("segment").select_for_update(of=("self",)):
        if row.segment.detail == Detail.TECHNICAL and row.segment.rule:
            # Nobody grants themselves technical detail for good: the rule alone decides again.
            row.delete()
        else:
            _set(row, Subscription.State.CONFIRMED, evidence, now)


def _set(row: Subscription, state: str, evidence: str, now: datetime) -> None:
    row.state, row.source = state, Subscription.Source.LINK
    row.evidence, row.changed_at = evidence, now
    row.save(update_fields=["state", "source", "evidence", "changed_at"])
