"""What Twilio tells us: what became of our texts, and what people answer to them.

https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_twilio.request import decompose
from twilio.twiml.messaging_response import MessagingResponse

from audiences.models import Channel
from messaging.channels import twilio_words
from messaging.models import Delivery
from messaging.services import events, replies, twilio_reports
from messaging.services.replies import Reply
from messaging.webhooks.twilio_signature import signed_by_twilio

# They have 34; what is longer is none, and has to fit beside other words.
SID_LETTERS = 64


@signed_by_twilio
def status(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """The address carries the delivery, so a callback proves acceptance even if our call failed."""
    delivery = get_object_or_404(Delivery, pk=delivery_id, channel=Channel.SMS)
    said = request.POST.dict()
    word, sid = said.get("MessageStatus", ""), said.get("MessageSid", "")
    if sid and word in twilio_words.STATES:
        report = twilio_reports.of_text(
            sid=sid, word=word, code=said.get("ErrorCode", ""), raw=said
        )
        events.record(delivery=delivery, report=report, now=timezone.now())
    return HttpResponse(status=204)


@signed_by_twilio
def inbound(request: HttpRequest) -> HttpResponse:
    """Somebody wrote to us; STOP, START and HELP are carried out, the rest is kept to be read."""
    said = decompose(request)
    answer = MessagingResponse()
    if said.type == "message" and getattr(said, "from_", ""):
        reply = Reply(
            sid=said.messagesid[:SID_LETTERS],
            sender=said.from_,
            body=getattr(said, "body", ""),
            opt_out_type=getattr(said, "optouttype", ""),
            raw=request.POST.dict(),
        )
        if words := replies.receive(reply=reply, now=timezone.now()):
            answer.message(words)
    return HttpResponse(str(answer), content_type="application/xml")
