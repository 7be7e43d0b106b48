"""The public pages say how to reach us at this moment, and what helps without us."""

from datetime import datetime, time, timedelta

import pytest

from audiences.models import SupportHours, SupportWay
from tests.factories import SegmentFactory

pytestmark = pytest.mark.django_db


def way(name="Phone", address="+49 341 555-01", kind="phone", **hours):
    made = SupportWay.objects.create(
        name={"en": name}, address=address, kind=kind, time_zone="Europe/Berlin"
    )
    if hours:
        for weekday in range(7):
            SupportHours.objects.create(way=made, weekday=weekday, **hours)
    return made


@pytest.fixture
def pages(client, outage):
    return lambda: [client.get(path).text for path in ("/", f"/incidents/{outage.key}/")]


def test_without_a_way_nothing_is_said(pages):
    assert not any("Reach us" in page for page in pages())


def test_both_pages_name_what_is_open(pages):
    way()

    for page in pages():
        assert 'Phone <a href="tel:+4934155501">+49 341 555-01</a>' in page
        assert "Nobody is available" not in page


def test_when_all_is_closed_the_next_opening_is_named(pages, now: datetime):
    closed = now.replace(second=0, microsecond=0) + timedelta(minutes=90)
    opens = (closed.hour + 2) % 23
    way(opens_at=time(opens), closes_at=time(opens, 30))
    way(name="Help", address="https://help.example/", kind="portal")

    for page in pages():
        assert "Nobody is available" in page
        assert f"{opens:02}:00 CE" in page
        assert 'Help <a href="https://help.example/">' in page


def test_a_way_of_a_segment_is_not_public(pages):
    way().segments.add(SegmentFactory())

    assert not any("+49 341" in page for page in pages())


def test_an_address_is_never_a_script(pages):
    way(address="javascript:alert(1)", kind="portal")

    assert not any('href="javascript' in page for page in pages())


def test_hints_stand_there_until_it_is_over(client, outage, checkout):
    checkout.hint = {"en": "Order **by phone**."}
    checkout.save()
    path = f"/incidents/{outage.key}/"

    assert "Order <strong>by phone</strong>." in client.get(path).text

    outage.status = "resolved"
    outage.save()
    assert "by phone" not in client.get(path, {"fresh": "1"}).text
