"""Ways to reach us are entered with their hours, and looked at as customers see them."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from audiences.models import ClosedDay, SupportHours, SupportWay
from tests.factories import SegmentFactory

pytestmark = pytest.mark.django_db
ADD = "/admin/audiences/supportway/add/"


@pytest.fixture
def phone():
    way = SupportWay.objects.create(
        name={"en": "Phone", "de": "Telefon"}, address="+49 341 1", holidays="DE"
    )
    SupportHours.objects.create(way=way, weekday=0, opens_at="08:00", closes_at="18:00")
    return way


def entered(*hours, **fields):
    rows = {
        f"hours-{number}-{name}": value
        for number, row in enumerate(hours)
        for name, value in zip(("weekday", "opens_at", "closes_at"), row, strict=True)
    }
    return {
        "name_de": "Telefon",
        "name_en": "Phone",
        "kind": "phone",
        "address": "+49 341 1",
        "time_zone": "Europe/Berlin",
        "holidays": "DE-SN",
        "position": "0",
        "hours-TOTAL_FORMS": str(len(hours)),
        "hours-INITIAL_FORMS": "0",
        "closed_days-TOTAL_FORMS": "0",
        "closed_days-INITIAL_FORMS": "0",
        **rows,
        **fields,
    }


def test_a_way_is_entered_with_its_hours(lead_client: Client):
    hours = (0, "08:00", "12:00"), (0, "12:00", "18:00"), (1, "08:00", "00:00")

    lead_client.post(ADD, entered(*hours))

    assert SupportWay.objects.get().hours.count() == 3


@pytest.mark.parametrize(
    ("hours", "fields", "words"),
    [
        ([(0, "08:00", "12:00"), (0, "11:00", "18:00")], {}, "overlap"),
        ([(0, "08:00", "00:00"), (0, "20:00", "21:00")], {}, "overlap"),
        ([(0, "12:00", "08:00")], {}, "closes before it opens"),
        ([], {"time_zone": "Europe/Leipzig"}, "For example: Europe/Berlin"),
        ([], {"holidays": "Sachsen"}, "For example: DE"),
        ([], {"holidays": "DE-XX"}, "DE-SN"),
        ([], {"address": "xx"}, "A phone number is expected"),
        ([], {"address": "12"}, "A phone number is expected"),
        ([], {"kind": "email", "address": "xx"}, "has no @"),
        ([], {"kind": "portal", "address": "javascript:alert(1)"}, "https://help.example.com"),
        ([], {"kind": "portal", "address": "help"}, "https://help.example.com"),
        ([], {"kind": "chat", "address": "javascript:alert(1)"}, "https://help.example.com"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(lead_client: Client, hours, fields, words):
    page = lead_client.post(ADD, entered(*hours, **fields))

    assert words in page.text
    assert not SupportWay.objects.exists()


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("phone", "0800 / 123-456"),
        ("email", "hilfe@example.com"),
        ("portal", "https://help.example.com/de"),
        ("chat", "https://example.com/chat"),
        ("chat", "WhatsApp: +49 341 1"),
    ],
)
def test_every_kind_has_addresses_of_its_own(lead_client: Client, kind, address):
    lead_client.post(ADD, entered(kind=kind, address=address))

    assert SupportWay.objects.get().address == address


def seen(client: Client, **question) -> str:
    return client.get(reverse("admin:audiences_supportway_look"), question).text


def test_it_shows_what_customers_see_at_a_moment(lead_client: Client, phone):
    page = seen(lead_client, at_0="2026-01-12", at_1="12:00")

    assert "You can reach us: Phone +49 341 1 (open until 18:00 CET)." in page
    assert "Telefon +49 341 1" in page


def test_it_shows_what_a_segment_sees(lead_client: Client, phone):
    segment = SegmentFactory(name="Key accounts")
    phone.segments.add(segment)

    assert "Messages leave the line out." in seen(lead_client)
    assert "Phone +49 341 1" in seen(
        lead_client, segment=segment.pk, at_0="2026-01-12", at_1="12:00"
    )


def test_a_moment_that_is_none_is_named(lead_client: Client, phone):
    assert "Enter a valid date." in seen(lead_client, at_0="tomorrow", at_1="12:00")


def test_the_list_says_what_is_open_now(lead_client: Client, phone):
    phone.hours.all().delete()

    page = lead_client.get(reverse("admin:audiences_supportway_changelist")).text

    assert "Phone" in page
    assert "everybody" in page


def test_a_closed_day_is_for_all_ways_or_one(lead_client: Client, phone):
    ClosedDay.objects.create(closed_on=date(2026, 12, 24), reason={"en": "Christmas Eve"})
    ClosedDay.objects.create(closed_on=date(2026, 12, 31), way=phone)

    page = lead_client.get(reverse("admin:audiences_closedday_changelist")).text

    assert "all of them" in page
    assert "Christmas Eve" in page
    assert "Phone +49 341 1" in page
