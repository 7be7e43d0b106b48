"""Status callbacks of Twilio: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_twilio.decorators import twilio_view

from messaging.models import Delivery
from messaging.services import events

_STATES = {
    "accepted": Delivery.State.ACCEPTED,
    "queued": Delivery.State.ACCEPTED,
    "sending": Delivery.State.ACCEPTED,
    "sent": Delivery.State.ACCEPTED,
    "delivered": Delivery.State.DELIVERED,
    "undelivered": Delivery.State.UNDELIVERED,
    "failed": Delivery.State.FAILED,
}


@require_POST
@twilio_view
def status(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """The address carries the delivery, so a callback proves acceptance even if our call failed."""
    delivery = get_object_or_404(Delivery, pk=delivery_id, channel="sms")
    word = request.POST.get("MessageStatus", "")
    if word in _STATES:
        events.record(
            delivery=delivery,
            source="twilio",
            key=f"{request.POST.get('MessageSid', '')}:{word}",
            state=_STATES[word],
            raw=request.POST.dict(),
            now=timezone.now(),
        )
    return HttpResponse(status=204)
