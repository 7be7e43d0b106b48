"""Requests for feedback and their reminders, on their way out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audiences.models import Contact
from messaging.models import Broadcast, Delivery
from messaging.services import asking, barring, deliveries, forecast, links, recipients
from messaging.services.audience import Whom
from tests.factories import BroadcastContentFactory, BroadcastFactory, DeliveryFactory

FEEDBACK = Broadcast.Purpose.FEEDBACK


@pytest.fixture
def agreed(ana, bo):
    Contact.objects.update(feedback_consent_at=timezone.now())
    return ana


def test_of_two_requests_at_the_same_time_the_second_gives_way(agreed):
    first, second = (
        DeliveryFactory(broadcast=BroadcastFactory(purpose=FEEDBACK), contact=agreed)
        for _turn in range(2)
    )

    objections = [
        barring.objection(found, "email")
        for one in (first, second)
        for found in barring.look_at(
            Delivery.objects.filter(pk=one.pk), one.broadcast, barring.Others.of(one.broadcast)
        )
    ]

    assert objections == [None, ("skipped", "asked_lately")]


def test_who_is_asked_by_mail_is_not_asked_by_text_too(agreed, bo):
    told = BroadcastFactory(thread="story")
    for one, channel in ((agreed, "email"), (agreed, "sms"), (bo, "sms")):
        DeliveryFactory(
            broadcast=told, contact=one, channel=channel, address=one.pk, state="delivered"
        )
    request = BroadcastFactory(
        thread="story", purpose=FEEDBACK, channels=["email", "sms"], frozen_at=None
    )
    about = asking.Asking.about(thread="story", channels=["email", "sms"], now=timezone.now())
    foreseen = forecast.forecast(
        channels=["email", "sms"], whom=Whom(purpose=FEEDBACK, asking=about), now=timezone.now()
    )

    recipients.freeze(broadcast_id=request.pk, now=timezone.now())

    asked = request.deliveries.order_by("pk").values_list("contact", "channel")
    assert list(asked) == [(agreed.pk, "email"), (bo.pk, "sms")]
    assert foreseen.by_channel == {"email": 1, "sms": 1}
    assert foreseen.dropped["sms"].asked_elsewhere == 1


def test_a_reminder_leads_to_the_form_of_the_request(agreed, email):
    request = BroadcastFactory(purpose=FEEDBACK, started_at=timezone.now() - timedelta(days=4))
    asked = DeliveryFactory(broadcast=request, contact=agreed, state="delivered")
    reminder = BroadcastFactory(purpose=FEEDBACK, reminds=request)
    BroadcastContentFactory(broadcast=reminder, text="https://merge.invalid/feedback?score=5")
    DeliveryFactory(broadcast=reminder, contact=agreed)

    deliveries.send_pending(channel="email")

    [message] = email.sent
    assert message.text.endswith(f"/f/{links.token(asked)}/?score=5")
