"""What follows from another name or address, set by hand."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from audiences.admin.base import actor
from audiences.models import Channel, Contact, Subscription, address_field
from audiences.services import aliases, consents, readdressing, stricter
from audiences.services.consents import Proof


def follow(request: HttpRequest, before: Contact | None, after: Contact) -> None:
    """Take back what was agreed to at an address that a contact no longer has, give back what was
    at one they have again, let a STOP or a complaint hold on, and say so."""
    if before and before.name != after.name:
        aliases.remember_names(left={after.pk: before.name})
    for channel in Channel.values:
        field = address_field(channel)
        old, new = getattr(before, field, ""), getattr(after, field)
        if old == new:
            continue
        if before:
            _take_back(request, before, after, channel)
            _give_back(request, after, channel)
            _keep_refusals(request, after, Channel(channel), old)
        if new:
            _say_whose(request, after, new)


def _take_back(request: HttpRequest, before: Contact, contact: Contact, channel: str) -> None:
    evidence = consents.other_address(f"Set by {actor(request).get_username()}.")
    count = readdressing.take_back(
        channel=channel,
        left={contact.pk: getattr(before, address_field(channel))},
        proof=Proof(source=Subscription.Source.STAFF, evidence=evidence),
        now=timezone.now(),
    )
    contact.refresh_from_db(fields=["feedback_consent_at"])
    if before.feedback_consent_at and not contact.feedback_consent_at:
        messages.warning(
            request,
            gettext(
                "The consent to feedback requests was about the address before, and is taken back."
            ),
        )
    if count:
        words = ngettext(
            "%(count)d subscription (%(channel)s) waits for a consent that is about the new"
            " address: ask the person to confirm, above, or say at the subscription how they have"
            " given it.",
            "%(count)d subscriptions (%(channel)s) wait for a consent that is about the new"
            " address: ask the person to confirm, above, or say at each subscription how they have"
            " given it.",
            count,
        )
        messages.warning(request, words % {"count": count, "channel": Channel(channel).label})


def _give_back(request: HttpRequest, contact: Contact, channel: str) -> None:
    had_agreed = contact.feedback_consent_at is not None
    evidence = consents.same_address(f"Set by {actor(request).get_username()}.")
    count = readdressing.give_back(
        contact=contact,
        channel=channel,
        proof=Proof(source=Subscription.Source.STAFF, evidence=evidence),
        now=timezone.now(),
    )
    if contact.feedback_consent_at and not had_agreed:
        words = gettext(
            "The consent to feedback requests was given at this address: it holds again."
        )
        messages.success(request, words)
    if count:
        words = ngettext(
            "%(count)d subscription (%(channel)s) holds again: it was agreed to at this address.",
            "%(count)d subscriptions (%(channel)s) hold again: they were agreed to at this"
            " address.",
            count,
        )
        messages.success(request, words % {"count": count, "channel": Channel(channel).label})


def _keep_refusals(request: HttpRequest, contact: Contact, channel: Channel, old: str) -> None:
    because = f"Set by {actor(request).get_username()}."
    left, now = {channel: old}, timezone.now()
    if stricter.keep_refusals(contact=contact, left=left, because=because, now=now):
        words = gettext(
            "A STOP or a complaint was said at the address before: nothing is sent to the new one"
            " on that channel. It stands below, under “Suppressions of their addresses”."
        )
        messages.warning(request, words)


def _say_whose(request: HttpRequest, contact: Contact, address: str) -> None:
    for number in set(aliases.whose(identities=[address]).values()) - {contact.pk}:
        words = gettext(
            "%(address)s was an address of %(contact)s before. If they are the same person, merge"
            " the two: what they have left stays left."
        )
        other = Contact.objects.get(pk=number)
        messages.warning(request, words % {"address": address, "contact": other})
