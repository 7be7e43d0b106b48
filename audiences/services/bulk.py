"""One change to many contacts or accounts: a thousand at a time, each batch whole or not at all.

Doing a batch again changes nothing more, so a worker may get it twice.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from audiences.models import Channel, ConsentEvent, Contact, Segment, Subscription, address_field
from audiences.services import bulk_accounts, bulk_values, consents, enrolment
from audiences.services.consents import Proof

BATCH = 1_000
_note = partial(bulk_values.note, Contact)
Details = Mapping[str, Any]
_State = Subscription.State


def carry_out(*, what: str, ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    """Make one of `CHANGES` to these rows and note it in the history of each that changed.

    Returns how many changed: whoever left a list, for example, is not subscribed to it again.

    :raises bulk_accounts.Gone: what they are to have is not there any more.
    """
    change = CHANGES[what]
    done = 0
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            done += change(ids[start : start + BATCH], details, by, now)
    return done


def subscribe(ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    segment, channel = _list(details)
    before = _hearing(ids, segment, channel)
    enrolment.enrol(
        segment=segment,
        channel=channel,
        contacts=ids,
        proof=_proof(details, by),
        now=now,
    )
    changed = _hearing(ids, segment, channel) - before
    _note(changed, by, _("Subscribed: %(list)s") % {"list": _named(segment, channel)})
    return len(changed)


def unsubscribe(ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    """A row is made where there was none, if a rule would name them otherwise."""
    segment, channel = _list(details)
    proof = _proof(details, by)
    left = _leave(ids, segment, channel, proof, now)
    consents.record_many(
        contacts=sorted(left),
        kind=ConsentEvent.Kind.WITHDRAWN,
        proof=proof,
        now=now,
        segment=segment,
        channel=channel,
    )
    _note(left, by, _("Unsubscribed: %(list)s") % {"list": _named(segment, channel)})
    return len(left)


def set_language(ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    """Whoever has chosen one keeps it."""
    others = Contact.objects.filter(pk__in=ids, is_locale_own=False)
    ids = list(others.values_list("pk", flat=True))
    return bulk_values.put(Contact, ids, by, language=details["language"])


def mark_shared(ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    return bulk_values.put(Contact, ids, by, is_shared=True)


# By the name that travels to a worker.
CHANGES: Mapping[str, Callable[[Sequence[int], Details, User, datetime], int]] = {
    "subscribe": subscribe,
    "unsubscribe": unsubscribe,
    "set_language": set_language,
    "mark_shared": mark_shared,
    "set_tier": bulk_accounts.set_tier,
    "set_kind": bulk_accounts.set_kind,
    "set_manager": bulk_accounts.set_manager,
    "add_use": bulk_accounts.add_use,
    "end_use": bulk_accounts.end_use,
}


def _leave(
    ids: Sequence[int], segment: Segment, channel: str, proof: Proof, now: datetime
) -> set[int]:
    values = {
        "state": _State.UNSUBSCRIBED,
        "source": proof.source,
        "evidence": proof.evidence,
        "changed_at": now,
    }
    present = Subscription.objects.filter(segment=segment, channel=channel, contact__in=ids)
    known = dict(present.values_list("contact", "state"))
    hearing = {pk for pk, state in known.items() if state != _State.UNSUBSCRIBED}
    present.filter(contact__in=hearing).update(**values)
    if not segment.has_rule(channel):
        return hearing
    named = _reachable(ids, channel) - known.keys()
    Subscription.objects.bulk_create(
        Subscription(contact_id=pk, segment=segment, channel=channel, **values)
        for pk in sorted(named)
    )
    return hearing | named


def _list(details: Details) -> tuple[Segment, str]:
    return Segment.objects.get(pk=details["segment"]), str(details["channel"])


def _hearing(ids: Sequence[int], segment: Segment, channel: str) -> set[int]:
    rows = Subscription.objects.filter(segment=segment, channel=channel, contact__in=ids)
    return set(rows.filter(state=_State.CONFIRMED).values_list("contact", flat=True))


def _reachable(ids: Sequence[int], channel: str) -> set[int]:
    people = Contact.objects.filter(pk__in=ids).exclude(**{address_field(channel): ""})
    return set(people.values_list("pk", flat=True))


def _named(segment: Segment, channel: str) -> str:
    return f"{segment}, {Channel(channel).label}"


def _proof(details: Details, by: User) -> Proof:
    evidence = f"{by.get_username()}: {details['evidence']}"[:500]
    return Proof(source=Subscription.Source.STAFF, evidence=evidence)
