"""What somebody wants to hear, how and when: read for a page, judged, stored."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from audiences import wordings
from audiences.models import (
    Channel,
    Contact,
    Purpose,
    Segment,
    Subscription,
    address_field,
)
from audiences.services import offers, subscriptions
from audiences.services.consents import Proof
from audiences.services.wanted import LOCALE, OWN_FIELDS, Place, Preferences, changed, faults

State = Subscription.State


class InvalidPreferences(ValueError):
    """Nothing was stored; `messages` says per field what is wrong."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        super().__init__(messages)
        self.messages = messages


@dataclass(frozen=True)
class Stored:
    """Which lists were left by it, and which still wait for a proof, by channel."""

    left: dict[str, list[Segment]]
    unproven: dict[str, list[Segment]]


def of(*, contact: Contact) -> Preferences:
    """What a person has decided so far."""
    return Preferences(
        places=frozenset(_heard(contact)),
        wants_feedback=contact.feedback_consent_at is not None,
        language=contact.spoken,
        time_zone=contact.zone,
        **{name: getattr(contact, name) for name in OWN_FIELDS},
    )


def choices(
    *, contact: Contact, is_insider: bool, channels: Collection[str] = tuple(Channel.values)
) -> list[Segment]:
    """The lists to choose from: what is offered, and what the person hears or had joined."""
    offered = set(offers.may_join(contact=contact, is_insider=is_insider, channels=channels))
    numbers = {pk for pk, channel in _heard(contact) if channel in channels}
    heard = Segment.objects.filter(pk__in=numbers)
    return sorted({*offered, *heard}, key=lambda segment: segment.spoken_name.casefold())


def channels(contact: Contact) -> list[str]:
    return [name for name in Channel.values if getattr(contact, address_field(name))]


@transaction.atomic
def store(
    *,
    contact: Contact,
    shown: Preferences,
    wanted: Preferences,
    proven: Collection[str],
    is_insider: bool,
    proof: Proof,
    now: datetime,
) -> Stored:
    """Make it so, with a consent on record for every list and for feedback requests.

    What is wanted as it was `shown` is no wish: it stays as it is by now. `proven` are the
    channels on which the person has shown to read the address; a list on another one waits for a
    proof. Lists that were never offered are passed over.

    :raises InvalidPreferences: something does not fit; nothing was stored.
    :raises Outdated: see there.
    """
    # Held, so that two pages of the same person do not mix what they say.
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    wanted = changed(current=of(contact=contact), shown=shown, wanted=wanted)
    if messages := faults(contact=contact, wanted=wanted, now=now):
        raise InvalidPreferences(messages)
    _store_settings(contact, wanted)
    offered = set(offers.may_join(contact=contact, is_insider=is_insider))
    stored = _store_lists(contact, wanted.places, offered, set(proven), proof, now)
    _store_feedback(contact, wanted, proof, now)
    return stored


def _store_settings(contact: Contact, wanted: Preferences) -> None:
    was_shared = contact.is_shared
    for name in LOCALE:
        # Who leaves it as it is has chosen nothing: the account's goes on to count.
        if getattr(wanted, name) != contact.heard(name):
            setattr(contact, name, getattr(wanted, name))
            contact.is_locale_own = True
    for name in OWN_FIELDS:
        setattr(contact, name, getattr(wanted, name))
    # That others read it too is nothing one of them can take back.
    contact.is_shared = was_shared or wanted.is_shared
    contact.save(update_fields=[*LOCALE, *OWN_FIELDS, "is_locale_own"])


def _store_lists(
    contact: Contact,
    wanted: Collection[Place],
    offered: Collection[Segment],
    proven: Collection[str],
    proof: Proof,
    now: datetime,
) -> Stored:
    heard = _heard(contact)
    agreed = _with_text(proof, Purpose.NOTICE)
    stored = Stored({}, {})
    for channel in channels(contact):
        leaving = _segments(heard.difference(wanted), channel)
        joining = [one for one in _segments(set(wanted) - heard, channel) if one in offered]
        stored.left[channel] = subscriptions.leave(
            contact=contact, segments=leaving, channel=channel, proof=proof, now=now
        )
        if channel in proven:
            subscriptions.join(
                contact=contact, segments=joining, channel=channel, proof=agreed, now=now
            )
        elif joining:
            stored.unproven[channel] = joining
    return stored


def proven_channels(*, contact: Contact, by: str) -> set[str]:
    """Where a person has shown to read the address: through the link they hold, or by having
    confirmed before."""
    confirmed = contact.subscriptions.filter(state=State.CONFIRMED)
    return {by, *confirmed.values_list("channel", flat=True)}


def _store_feedback(contact: Contact, wanted: Preferences, proof: Proof, now: datetime) -> None:
    if wanted.wants_feedback:
        agreed = _with_text(proof, Purpose.FEEDBACK)
        subscriptions.give_feedback_consent(contact=contact, proof=agreed, now=now)
    else:
        subscriptions.withdraw_feedback_consent(contact=contact, proof=proof, now=now)


def _with_text(proof: Proof, purpose: str) -> Proof:
    return replace(proof, text_version=wordings.current(purpose))


def _heard(contact: Contact) -> set[Place]:
    """The lists that reach a person, by subscription or, by e-mail, by rule."""
    in_use = contact.subscriptions.filter(segment__is_archived=False)
    rows = in_use.values_list("segment", "channel", "state")
    states = {(segment, channel): state for segment, channel, state in rows}
    heard = {place for place, state in states.items() if state == State.CONFIRMED}
    if contact.email:
        for segment in Segment.objects.in_use().exclude(rule={}):
            place = (segment.pk, Channel.EMAIL.value)
            if place not in heard and states.get(place) != State.UNSUBSCRIBED:
                members = segment.members(Channel.EMAIL)
                heard |= {place} if members.filter(pk=contact.pk).exists() else set()
    able = channels(contact)
    return {(pk, channel) for pk, channel in heard if channel in able}


def _segments(places: Iterable[Place], channel: str) -> list[Segment]:
    numbers = [pk for pk, name in places if name == channel]
    return list(Segment.objects.filter(pk__in=numbers).order_by("name"))
