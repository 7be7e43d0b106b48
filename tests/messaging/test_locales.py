"""In which language and time zone somebody hears: their own, else their account's, else ours."""

from datetime import UTC, date, datetime, time

import pytest

from audiences.models import Contact, Segment, locales
from audiences.services import contacts
from audiences.services.intake.rows import ContactRow
from messaging.services import forecast, recipients
from messaging.services.audience import Whom
from tests.factories import (
    AccountFactory,
    BroadcastFactory,
    ContactFactory,
    SegmentFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db
# Half past eleven in the evening in Berlin, half past six in the morning in Tokyo.
NOW = datetime(2026, 7, 1, 21, 30, tzinfo=UTC)
TOKYO, LISBON = "Asia/Tokyo", "Europe/Lisbon"


@pytest.fixture
def account():
    return AccountFactory(language="de", time_zone=TOKYO)


@pytest.fixture
def people(account, settings):
    settings.LANGUAGE_CODE, settings.TIME_ZONE = "en", "Europe/Berlin"
    own = ContactFactory(account=account, language="en", time_zone=LISBON)
    theirs = ContactFactory(account=account)
    bare = ContactFactory(account=AccountFactory())
    return {"own": own, "theirs": theirs, "bare": bare, "alone": ContactFactory()}


@pytest.fixture
def everybody(people):
    segment = SegmentFactory()
    for person in people.values():
        person.phone = f"+49171392000{person.pk % 90 + 10}"
        person.save()
        for channel in ("email", "sms"):
            SubscriptionFactory(contact=person, segment=segment, channel=channel)
    return segment


def freeze(segment, channel="email"):
    broadcast = BroadcastFactory(channels=[channel], frozen_at=None)
    broadcast.segments.set([segment])
    recipients.freeze(broadcast_id=broadcast.pk, now=NOW)
    return {one.contact_id: one for one in broadcast.deliveries.all()}


EXPECTED = {
    "own": ("en", LISBON),
    "theirs": ("de", TOKYO),
    "bare": ("en", "Europe/Berlin"),
    "alone": ("en", "Europe/Berlin"),
}


def test_python_and_the_database_say_the_same(people):
    said = Contact.objects.annotate(
        spoken_there=locales.heard("language"), zone_there=locales.heard("time_zone")
    ).in_bulk()

    for name, person in people.items():
        assert (person.spoken, person.zone) == EXPECTED[name]
        there = said[person.pk]
        assert (there.spoken_there, there.zone_there) == EXPECTED[name]


def test_messages_are_frozen_in_it_and_foreseen_in_it(people, everybody):
    frozen = freeze(everybody)

    said = {name: frozen[person.pk] for name, person in people.items()}
    assert {name: (one.language, one.time_zone) for name, one in said.items()} == EXPECTED
    foreseen = forecast.forecast(channels=["email"], whom=Whom([everybody]), now=NOW)
    assert foreseen.by_language == {"en": 3, "de": 1}


def test_nights_are_those_of_the_zone(people, everybody):
    for person in people.values():
        person.quiet_from, person.quiet_until = time(22), time(6)
        person.is_woken_by_critical = False
        person.save()

    frozen = freeze(everybody, "sms")

    held = {
        name: frozen[one.pk].not_before.hour
        for name, one in people.items()
        if frozen[one.pk].not_before.date() == date(2026, 7, 2)
    }
    # Six in the morning there; in Tokyo it is later already.
    assert held == {"own": 5, "bare": 4, "alone": 4}


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ({"field": "language", "equals": "de"}, {"theirs"}),
        ({"not": {"field": "language", "equals": "de"}}, {"own", "bare", "alone"}),
        ({"field": "time_zone", "one_of": ["Europe/Berlin"]}, {"bare", "alone"}),
        ({"field": "time_zone", "contains": "tokyo"}, {"theirs"}),
        ({"field": "time_zone", "exists": True}, {"own"}),
    ],
)
def test_rules_ask_for_what_people_hear_in(people, rule, names):
    segment = Segment(slug="asked", name="Asked", rule=rule)
    segment.full_clean()
    segment.save()

    assert set(segment.members("email")) == {people[name] for name in names}


def test_an_import_leaves_it_open_and_never_takes_back_what_was_chosen(people):
    known, new = people["own"].email, "new@example.com"

    contacts.store(rows={one: ContactRow(line=1, email=one) for one in (known, new)}, now=NOW)

    assert Contact.objects.get(email=known).language == "en"
    assert Contact.objects.get(email=new).language == ""
