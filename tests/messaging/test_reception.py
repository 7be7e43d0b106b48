"""A message names the way to reach us that is right when it goes out, or none."""

from datetime import time

import pytest

from audiences.models import SupportHours, SupportWay
from messaging import merging
from messaging.models import Delivery
from messaging.services import barring, composition, placeholders, reception, rendering
from tests.factories import (
    BroadcastContentFactory,
    BroadcastFactory,
    DeliveryFactory,
    SegmentFactory,
    TemplateVariantFactory,
)

pytestmark = pytest.mark.django_db
BODY = "{{ salutation }}\n\nIt is slow.\n\n**Help:** {{ support }}\n\nBye."
FACTS = {"title": "Slow", "incident_url": "https://status.example/"}


@pytest.fixture
def phone():
    return SupportWay.objects.create(name={"en": "Phone", "de": "Telefon"}, address="+49 341 & 1")


def composed(*contacts, channel="email", **told):
    variant = TemplateVariantFactory(body=BODY, sms_text="It is slow. {{ support }}")
    said = rendering.render(variant, FACTS, "notice")
    broadcast = BroadcastFactory()
    BroadcastContentFactory(
        broadcast=broadcast,
        subject=said.subject,
        text=said.text,
        html=said.html,
        sms_text=said.sms_text,
    )
    made = [DeliveryFactory(broadcast=broadcast, contact=one, **told) for one in contacts]
    rows = Delivery.objects.filter(pk__in=[one.pk for one in made]).order_by("pk")
    composer = composition.Composer(channel)
    return [composer.compose(claimed) for claimed in barring.look_at(rows, broadcast)]


def test_every_part_of_a_message_says_it(phone, bo):
    (message,) = composed(bo)

    assert "Help: You can reach us: Phone +49 341 & 1." in message.text
    assert "You can reach us: Phone +49 341 &amp; 1." in message.html
    assert message.sms_text == "It is slow. You can reach us: Phone +49 341 & 1."


def test_without_a_way_the_line_disappears(bo):
    (message,) = composed(bo)

    assert "Help" not in message.text + message.html
    assert merging.FIELDS["support"] not in message.text + message.html + message.sms_text
    assert "It is slow.\n\nBye." in message.text
    assert "It is slow." in message.html
    assert "Bye." in message.html
    assert message.sms_text == "It is slow."


def test_each_segment_reads_its_own(phone, bo):
    segment = SegmentFactory()
    own = SupportWay.objects.create(name={"en": "Key line"}, address="+49 341 9")
    own.segments.add(segment)

    (message,), (general,) = composed(bo, segment=segment), composed(bo)

    assert "Key line +49 341 9" in message.text
    assert "Phone" in general.text


def test_hours_are_said_on_the_clock_of_the_reader(phone, bo):
    for weekday in range(7):
        SupportHours.objects.create(way=phone, weekday=weekday, opens_at="08:00", closes_at="18:00")

    (there,), (here,) = composed(bo, time_zone="Asia/Tokyo"), composed(bo)

    assert " JST" in there.text
    assert " JST" not in here.text


def test_many_messages_ask_once(phone, ana, bo, opted_out, django_assert_max_num_queries):
    SupportHours.objects.create(way=phone, weekday=0, opens_at=time(8), closes_at=time(18))

    # The broadcast with its content and three deliveries are written and read, the ways once.
    with django_assert_max_num_queries(15):
        assert len(composed(ana, bo, opted_out)) == 3


def test_it_is_looked_up_again_every_minute(phone, monkeypatch):
    desk = reception.Reception()
    clock = 60_000.0
    monkeypatch.setattr(reception.time, "time", lambda: clock)
    before = desk.words(segment=None, language="en")
    phone.delete()

    assert desk.words(segment=None, language="en") == before
    clock += 60
    assert desk.words(segment=None, language="en") == ""


def test_templates_may_use_it():
    placeholders.check("{{ support }} {% if self_help %}{{ self_help }}{% endif %}")
