"""Of two people who are one, the stricter wish holds."""

from collections.abc import Collection, Mapping
from datetime import datetime

from audiences import quiet
from audiences.models import Channel, Contact, Subscription, Suppression, address_field
from audiences.services import consents, own_words, suppressions

# Whoever left stays away; whoever confirmed need not do it again.
_STRICTNESS = {
    Subscription.State.UNCONFIRMED: 0,
    Subscription.State.CONFIRMED: 1,
    Subscription.State.UNSUBSCRIBED: 2,
}
# What somebody said themselves, unlike a bounce, which is about an address.
_SAID = (Suppression.Reason.STOP, Suppression.Reason.COMPLAINT)


def move_subscriptions(*, keep: Contact, gone: Contact, from_gone: Collection[str]) -> int:
    """Let one have the other's lists too; returns how many there were."""
    mine = {(row.segment_id, row.channel): row for row in keep.subscriptions.all()}
    theirs = list(gone.subscriptions.all())
    for row in theirs:
        same = mine.get((row.segment_id, row.channel))
        is_about_it = address_field(row.channel) in from_gone
        if same is None:
            row.contact = keep
            row.save(update_fields=["contact"])
        elif (_STRICTNESS[_state(row)], is_about_it) > (_STRICTNESS[_state(same)], not is_about_it):
            # Of two that say the same, what is about the address that stays.
            same.delete()
            row.contact = keep
            row.save(update_fields=["contact"])
    return len(theirs)


def take_settings(*, keep: Contact, gone: Contact) -> None:
    keep.attributes = gone.attributes | keep.attributes
    keep.is_shared = keep.is_shared or gone.is_shared
    keep.email_from = max(keep.email_from, gone.email_from)
    keep.sms_from = max(keep.sms_from, gone.sms_from)
    if quiet.length(gone.quiet_from, gone.quiet_until) > quiet.length(
        keep.quiet_from, keep.quiet_until
    ):
        keep.quiet_from, keep.quiet_until = gone.quiet_from, gone.quiet_until
    keep.is_woken_by_critical = keep.is_woken_by_critical and gone.is_woken_by_critical
    pauses = [until for until in (keep.paused_until, gone.paused_until) if until]
    keep.paused_until = max(pauses, default=None)
    agreed = [at for at in (keep.feedback_consent_at, gone.feedback_consent_at) if at]
    keep.feedback_consent_at = max(agreed) if len(agreed) == 2 else None
    keep.created_at = min(keep.created_at, gone.created_at)


def keep_refusals(
    *, contact: Contact, left: Mapping[Channel, str], because: str, now: datetime
) -> int:
    """A STOP or a complaint is a person's word about a channel: it holds where they are now, too,
    unless they have agreed there by themselves since; returns how many do.

    `left` are their addresses from before.
    """
    kept = 0
    for channel, before in left.items():
        address = getattr(contact, address_field(channel))
        said = Suppression.objects.active().filter(
            channel=channel, address=before, reason__in=_SAID
        )
        agreed = own_words.latest(channel=channel, addresses={contact.pk: address})
        if agreed:
            said = said.filter(created_at__gt=agreed[contact.pk])
        for one in said if address and before else ():
            kept += 1
            suppressions.suppress(
                channel=channel,
                address=address,
                reason=one.reason,
                note=f"Said at {consents.hint(before)}. {because}",
                now=now,
            )
    return kept


def _state(row: Subscription) -> Subscription.State:
    return Subscription.State(row.state)
