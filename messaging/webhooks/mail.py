"""What e-mail providers tell us, through Anymail: it knows each one's words and signatures.

https://anymail.dev/en/stable/sending/tracking/
"""

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any

from anymail import signals
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.conf import settings
from django.db import transaction
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone

from audiences.models import Channel, Contact, Suppression
from audiences.services import addresses
from messaging.channels import enhanced_codes
from messaging.models import Delivery
from messaging.services import events, unsubscribes
from messaging.services.events import Report
from messaging.services.unsubscribes import Way
from messaging.states import State
from messaging.webhooks.entrance import webhook

logger = logging.getLogger(__name__)

# Opening and clicking is nobody's business but the reader's: other events are not even stored.
_STATES: dict[str, State | None] = {
    EventType.QUEUED: State.ACCEPTED,
    EventType.SENT: State.ACCEPTED,
    EventType.DELIVERED: State.DELIVERED,
    EventType.DEFERRED: None,
    EventType.BOUNCED: State.BOUNCED,
    EventType.REJECTED: State.FAILED,
    EventType.FAILED: State.FAILED,
    EventType.COMPLAINED: State.COMPLAINED,
    EventType.UNSUBSCRIBED: None,
}
_REFUSED = (EventType.BOUNCED, EventType.REJECTED)
_NOBODY_THERE = (RejectReason.INVALID, RejectReason.BOUNCED)
# Signatures, and what would hold the message itself with its personal links.
_NOT_KEPT = {"signature", "token", "content", "body-plain", "body-html", "message-headers", "raw"}
# As large as the database's ids may be.
_NUMBER = re.compile(r"[0-9]{1,18}")


# Some providers ask with HEAD, before they save an address, whether anybody is there.
@webhook("POST", "HEAD")
def tracking(request: HttpRequest, provider: str) -> HttpResponse:
    """Only the provider that sends for us, and only with our secret: Anymail itself merely warns
    when there is none."""
    if provider != settings.MAIL_PROVIDER or not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise Http404
    try:
        view = resolve(f"/{provider}/tracking/", urlconf="anymail.urls").func
    except Resolver404 as error:
        raise Http404 from error
    try:
        response: HttpResponse = view(request)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        # It would only come again: nothing in it can be understood.
        logger.warning("Events of %s have no known shape: %s", provider, type(error).__name__)
        return HttpResponse(status=400)
    return response


@receiver(signals.tracking)
def tracked(event: AnymailTrackingEvent, esp_name: str, **kwargs: Any) -> None:
    if event.event_type not in _STATES:
        return
    source, delivery, now = esp_name.lower(), _delivery(event), timezone.now()
    report = Report(
        source=source,
        key=_key(event),
        kind=event.event_type,
        raw=_without_secrets(event.esp_event),
        state=_STATES[event.event_type],
        provider_id=str(event.message_id or ""),
        code=str(event.reject_reason or ""),
        text=str(event.mta_response or event.description or ""),
        suppress=_why_suppress(event),
        channel=Channel.EMAIL,
        address=str(event.recipient or ""),
    )
    with transaction.atomic():
        is_news = events.record(delivery=delivery, report=report, now=now)
        if is_news and delivery and event.event_type == EventType.UNSUBSCRIBED:
            unsubscribes.leave(delivery=delivery, way=Way(f"Unsubscribed at {esp_name}"), now=now)


def _delivery(event: AnymailTrackingEvent) -> Delivery | None:
    """The one we named in the message, else the one that has the provider's name for it."""
    ours = Delivery.objects.filter(channel=Channel.EMAIL).select_related(
        "broadcast", "contact", "segment"
    )
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    number = str(metadata.get("delivery", ""))
    if _NUMBER.fullmatch(number) and (named := ours.filter(pk=int(number)).first()):
        return named
    # By the contact, whose deliveries an index finds; nothing finds them by the provider's id.
    contact = _contact(str(event.recipient or ""))
    if not contact or not event.message_id:
        return None
    return ours.filter(contact=contact, provider_id=str(event.message_id)).first()


def _contact(recipient: str) -> Contact | None:
    try:
        return Contact.objects.filter(email=addresses.normalise_email(recipient)).first()
    except addresses.InvalidAddress:
        return None


def _key(event: AnymailTrackingEvent) -> str:
    if event.event_id:
        return f"{event.event_type}:{event.event_id}"
    parts = (event.event_type, event.message_id, event.recipient, event.timestamp)
    words = "\n".join(str(part) for part in parts)
    return hashlib.sha256(words.encode(errors="replace")).hexdigest()


def _why_suppress(event: AnymailTrackingEvent) -> Suppression.Reason | None:
    if event.event_type == EventType.COMPLAINED:
        return Suppression.Reason.COMPLAINT
    if event.event_type in _REFUSED and _is_nobody_there(event):
        return Suppression.Reason.HARD_BOUNCE
    return None


def _is_nobody_there(event: AnymailTrackingEvent) -> bool:
    """By the receiving server's own code where there is one (RFC 3463): providers call a full
    mailbox, or a policy against us, a bounce as well."""
    raw = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    if raw.get("Type") == "SoftBounce":  # Postmark: may work tomorrow
        return False
    code = enhanced_codes.within(str(event.mta_response or ""))
    if code and (code.is_policy or code.is_about_sender):
        return False
    if event.reject_reason is None:
        return code is not None and code.is_about_recipient
    return event.reject_reason in _NOBODY_THERE


def _without_secrets(said: Any) -> dict[str, Any]:
    return _kept(said.items()) if isinstance(said, Mapping) else {"said": str(said)}


def _kept(items: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    return {
        str(key): _kept(value.items()) if isinstance(value, Mapping) else value
        for key, value in items
        if str(key).lower() not in _NOT_KEPT
    }
