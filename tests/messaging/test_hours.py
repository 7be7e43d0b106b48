"""A message tells its times in its reader's zone, and says which one that is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiences import zones
from incidents.services import facts
from messaging.channels import Content
from messaging.models import Delivery
from messaging.services import barring, broadcasts, hours, recipients
from messaging.services.composition import Composer
from messaging.services.reading import as_read
from tests.factories import (
    NOON,
    ContactFactory,
    IncidentFactory,
    SegmentFactory,
    SubscriptionFactory,
    TemplateVariantFactory,
    UpdateFactory,
)

AT, SEEN_AT = datetime(2026, 3, 5, 13, 30, tzinfo=UTC), datetime(2026, 3, 5, 12, tzinfo=UTC)
PAIR = [[AT.isoformat(), SEEN_AT.isoformat()]]


def told(text: str, zone: str, *, language: str = "en", moments: list[list[str]] = PAIR) -> str:
    return hours.teller(moments=moments, language=language, zone=zone)(text)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("", "by 14:30 CET."),
        ("Europe/Berlin", "by 14:30 CET."),
        ("America/New_York", "by 08:30 EST."),
        ("Asia/Kolkata", "by 19:00 IST."),
        ("Asia/Dubai", "by 17:30 UTC+04."),
    ],
)
def test_a_time_is_told_in_the_readers_zone(zone: str, words: str) -> None:
    assert told("by 14:30 CET.", zone) == words


def test_it_is_told_in_the_readers_language() -> None:
    text = "bis 14:30 Uhr MEZ"
    assert told(text, "America/New_York", language="de") == "bis 08:30 Uhr EST"
    assert told(text, "Europe/Helsinki", language="de") == "bis 15:30 Uhr OEZ"


def test_a_day_that_is_another_one_there_is_named() -> None:
    late = [[(AT + timedelta(hours=9)).isoformat(), SEEN_AT.isoformat()]]
    assert told("at 23:30 CET", "Asia/Tokyo", moments=late) == "at 6 March 2026, 07:30 JST"


@pytest.mark.parametrize(
    "text", ["at 5 May 2026, 14:30 CET", "at 114:30 CET", "14:30", "at 14:30 CETI"]
)
def test_other_words_stay_as_they_were_written(text: str) -> None:
    assert told(text, "America/New_York") == text


def test_a_content_that_names_no_time_is_the_same_everywhere() -> None:
    content = Content("subject", "text", "<p>text</p>", "sms")
    assert hours.in_zone(content, moments=PAIR, language="en", zone="Asia/Tokyo") is content


@given(
    minutes=st.integers(-60 * 24 * 180, 60 * 24 * 180),
    zone=st.sampled_from(["America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Europe/London"]),
)
def test_every_moment_is_told_as_that_zone_tells_it(minutes: int, zone: str) -> None:
    at = AT + timedelta(minutes=minutes)
    ours, theirs = zones.moment(at, SEEN_AT), zones.moment(at, SEEN_AT, zone=zone)
    pair = [[at.isoformat(), SEEN_AT.isoformat()]]
    assert told(f"Until {ours}!", zone, moments=pair) == f"Until {theirs}!"


@pytest.mark.django_db
def test_from_the_incident_to_what_a_reader_elsewhere_has_read() -> None:
    incident = IncidentFactory(started_at=NOON)
    update = UpdateFactory(
        incident=incident, published_at=NOON, next_update_due_at=NOON + timedelta(minutes=90)
    )
    text = "{% if next_update %}Next: {{ next_update }}{% endif %}"
    variant = TemplateVariantFactory(language="en", subject=text, body=text, sms_text=text)
    segment = SegmentFactory()
    for zone in ("America/New_York", ""):
        person = ContactFactory(language="en", time_zone=zone)
        SubscriptionFactory(contact=person, segment=segment)
    known = facts.build(incident=incident, update=update)
    broadcast = broadcasts.start(
        announcement=broadcasts.Announcement(
            title="t",
            template=variant.template,
            facts=known.texts,
            moments=known.moments,
            thread="t",
            channels=["email"],
            segments=[segment],
        ),
        by=None,
        now=NOON,
    )
    recipients.freeze(broadcast_id=broadcast.pk, now=NOON)

    claimed = barring.look_at(Delivery.objects.order_by("pk"), broadcast)
    there, here = (Composer("email").compose(one) for one in claimed)
    new_york = f"{zones.local(NOON + timedelta(minutes=90), zone='America/New_York'):%H:%M EST}"
    for message, words in ((there, new_york), (here, "14:30 CET")):
        assert all(words in part for part in (message.subject, message.text, message.html))
    read = as_read(Delivery.objects.order_by("pk"), name="Ana")
    assert new_york in read[0].text
    assert "14:30 CET" in read[1].text
