"""One change to many contacts: a thousand at a time, each batch whole or not at all.

Doing a batch again changes nothing more, so a worker may get it twice.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from audiences.models import Channel, ConsentEvent, Contact, Segment, Subscription, address_field
from audiences.services import consents, enrolment
from audiences.services.consents import Proof

BATCH = 1_000
Details = Mapping[str, Any]
_State = Subscription.State


def carry_out(*, what: str, ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    """Make one of `CHANGES` to these contacts and note it in the history of each that changed.

    Returns how many changed: whoever left a list, for example, is not subscribed to it again.
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
    return _set(list(others.values_list("pk", flat=True)), by, language=details["language"])


def mark_shared(ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    return _set(ids, by, is_shared=True)


# By the name that travels to a worker.
CHANGES: Mapping[str, Callable[[Sequence[int], Details, User, datetime], int]] = {
    "subscribe": subscribe,
    "unsubscribe": unsubscribe,
    "set_language": set_language,
    "mark_shared": mark_shared,
}


def _set(ids: Sequence[int], by: User, **values: Any) -> int:
    others = Contact.objects.filter(pk__in=ids).exclude(**values)
    changed = set(others.values_list("pk", flat=True))
    Contact.objects.filter(pk__in=changed).update(**values)
    _note(changed, by, ", ".join(_said(name, value) for name, value in values.items()))
    return len(changed)


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


def _said(name: str, value: Any) -> str:
    field: Any = Contact._meta.get_field(name)
    shown = _("yes") if value is True else dict(field.flatchoices).get(value, value)
    return f"{field.verbose_name}: {shown}"


def _proof(details: Details, by: User) -> Proof:
    evidence = f"{by.get_username()}: {details['evidence']}"[:500]
    return Proof(source=Subscription.Source.STAFF, evidence=evidence)


def _note(changed: set[int], by: User, message: str) -> None:
    if changed:
        LogEntry.objects.log_actions(
            user_id=by.pk,
            queryset=Contact.objects.filter(pk__in=changed),
            action_flag=CHANGE,
            change_message=message,
        )
