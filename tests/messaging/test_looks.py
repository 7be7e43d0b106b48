"""A message read with one reader's eyes, and how one person hears it."""

import pytest

from audiences.models import Detail
from messaging.merging import FIELDS
from messaging.models import BroadcastContent, Delivery
from messaging.services import hearing, links, looks
from messaging.services.audience import Whom
from messaging.services.looks import Reader
from tests.factories import (
    NOON,
    BroadcastFactory,
    DeliveryFactory,
    SegmentFactory,
    SubscriptionFactory,
)

AT = "14:30 CET"
MOMENTS = [["2026-03-02T13:30:00+00:00", "2026-03-02T12:00:00+00:00"]]
ENGLISH = Reader("en", "public", name="Bo Larsen")


WORDS = f"{FIELDS['salutation']}\n\nBy {AT}.\n\n{FIELDS['support']}\n\n{FIELDS['preferences_url']}"


def content(sms_text=f"{AT} {'x' * 160}"):
    return BroadcastContent(
        language="en",
        detail="public",
        subject=AT,
        text=WORDS,
        html=f"<p>{AT}</p>",
        sms_text=sms_text,
    )


def look(reader=ENGLISH, channel="email", support="Call us.", contents=None):
    shown = [content()] if contents is None else contents
    return looks.look(
        contents=shown, moments=MOMENTS, reader=reader, channel=channel, support=support
    )


def test_a_reader_elsewhere_sees_their_own_times_everywhere():
    seen = look(Reader("en", "public", zone="Europe/London"))

    assert (seen.subject, seen.html) == ("13:30 GMT", "<p>13:30 GMT</p>")
    assert "By 13:30 GMT." in seen.text


def test_whoever_looks_holds_no_link_of_the_reader(db):
    address = look().text.rpartition("/p/")[2]

    assert len(address.strip("/\n")) == 35
    assert links.letter(address.strip("/\n")) is None


def test_without_a_way_to_reach_us_its_paragraph_is_gone():
    assert look(support="").text.startswith(f"Hello Bo Larsen,\n\nBy {AT}.\n\nhttp")


def test_who_has_no_words_of_their_own_reads_the_second_best():
    seen = look(Reader("de", "technical"))

    assert (seen.language, seen.detail) == ("en", "public")


def test_a_text_comes_in_the_parts_it_is_charged_as():
    seen = look(channel="sms")

    assert [len(part) for part in seen.parts] == [153, 17]
    assert "".join(seen.parts) == seen.sms_text


def test_a_message_without_a_text_has_none_to_look_at():
    assert look(channel="sms", contents=[content(sms_text="")]) is None


@pytest.fixture
def insiders():
    return SegmentFactory(kind="internal", detail=Detail.TECHNICAL)


def foreseen(contact, *segments):
    return hearing.foresee(contact=contact, channel="email", now=NOON, whom=Whom(segments))


def test_somebody_hears_what_their_segments_entitle_them_to(ana, bo, insiders):
    SubscriptionFactory(contact=ana, segment=insiders)

    assert (foreseen(ana, insiders).fate, foreseen(ana, insiders).detail) == ("", "technical")
    assert (foreseen(bo, insiders).fate, foreseen(bo, insiders).detail) == ("not_meant", "public")


def test_it_says_why_somebody_who_is_meant_does_not_hear_it(ana, opted_out, insiders):
    SubscriptionFactory(contact=opted_out, segment=insiders)
    SubscriptionFactory(contact=ana, segment=insiders, state="unsubscribed")

    assert foreseen(opted_out, insiders).fate == "suppressed"
    assert foreseen(ana, insiders).fate == "unsubscribed"


def test_what_was_sent_is_remembered_as_it_was_frozen(ana):
    sent = DeliveryFactory(
        broadcast=BroadcastFactory(), contact=ana, language="en", detail="technical"
    )
    Delivery.objects.update(time_zone="Asia/Tokyo")

    heard = hearing.remember(contact=ana, channel="email", broadcast=sent.broadcast)

    assert (heard.language, heard.detail, heard.zone) == ("en", "technical", "Asia/Tokyo")
    assert heard.delivery == sent
