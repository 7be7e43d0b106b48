"""One broadcast to everybody, timed from the freeze to the last record."""

import time
from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone

from audiences.models import Contact, Segment, Subscription
from messaging.models import Broadcast, Template
from messaging.services import broadcasts, deliveries, library, recipients
from messaging.services.broadcasts import Announcement
from messaging.services.placeholders import FACTS


def prepare(people: int) -> None:
    call_command("migrate", verbosity=0)
    library.load()
    segment = Segment.objects.create(slug="everybody", name="Everybody")
    contacts = Contact.objects.bulk_create(
        Contact(
            name=f"Zoë Müller {number}",
            email=f"p{number}@example.com",
            language="de" if number % 3 else "en",
        )
        for number in range(people)
    )
    Subscription.objects.bulk_create(
        Subscription(
            contact=contact,
            segment=segment,
            channel="email",
            state=Subscription.State.CONFIRMED,
        )
        for contact in contacts
    )


def broadcast() -> tuple[float, float]:
    """Returns rows frozen and messages sent per second."""
    now = timezone.now()
    started = broadcasts.start(announcement=_announcement(), by=None, now=now)
    Broadcast.objects.update(expires_at=now + timedelta(hours=1))
    began = time.perf_counter()
    recipients.freeze(broadcast_id=started.pk, now=now)
    frozen = time.perf_counter()
    sent = deliveries.send_pending(channel="email")
    ended = time.perf_counter()
    return started.deliveries.count() / (frozen - began), sent / (ended - frozen)


def _announcement() -> Announcement:
    facts = dict.fromkeys(FACTS, "") | {"title": "A title", "update": "Some **words**.\n\n" * 20}
    return Announcement(
        title="A broadcast",
        template=Template.objects.get(slug="update"),
        facts={"de": facts, "en": facts},
        thread="bench",
        channels=["email"],
        segments=list(Segment.objects.all()),
    )
