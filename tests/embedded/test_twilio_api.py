from datetime import UTC, datetime, timedelta

import pytest
import requests
from django.conf import settings
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from embedded.twilio_faults import KINDS, NUMBERS, Refusal
from tests.embedded.conftest import StandinHttpClient

ANA = "+15005550101"
BO = "+15005550102"
SENDER = "+15005550006"
SERVICE = "MG" + "0" * 32
MESSAGES = f"/2010-04-01/Accounts/{settings.TWILIO_ACCOUNT_SID}/Messages.json"
AUTH = (settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN)


def test_a_text_is_kept_before_the_client_is_answered(twilio, standins_at_work):
    message = twilio.messages.create(to=ANA, from_=SENDER, body="Logins are slow.")

    [text] = standins_at_work.store.texts_to(ANA)
    assert (text.sid, text.sender, text.body) == (message.sid, SENDER, "Logins are slow.")


def test_a_new_message_has_the_shape_that_twilio_gives_it(twilio):
    message = twilio.messages.create(to=ANA, from_=SENDER, body="Anmeldung langsam – " + "ä" * 60)

    assert message.sid.startswith("SM")
    assert len(message.sid) == 34
    assert (message.status, message.direction) == ("queued", "outbound-api")
    assert (message.to, message.from_) == (ANA, SENDER)
    assert message.num_segments == "2"
    assert message.num_media == "0"
    assert message.account_sid == settings.TWILIO_ACCOUNT_SID
    assert message.uri == f"{MESSAGES.removesuffix('.json')}/{message.sid}.json"
    assert message.date_sent is None
    assert abs(message.date_created - datetime.now(UTC)) < timedelta(seconds=10)
    assert (message.error_code, message.error_message) == (None, None)


def test_a_messaging_service_chooses_its_sender_later(twilio):
    message = twilio.messages.create(to=ANA, messaging_service_sid=SERVICE, body="Hello")

    assert message.status == "accepted"
    assert (message.messaging_service_sid, message.from_) == (SERVICE, None)
    assert message.num_segments == "0"


def test_a_message_can_be_looked_up(twilio):
    sid = twilio.messages.create(to=ANA, from_=SENDER, body="Hello").sid

    assert twilio.messages(sid).fetch().body == "Hello"


def test_an_unknown_message_is_not_found(twilio):
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages("SM" + "0" * 32).fetch()

    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_the_list_can_be_asked_for_one_number(twilio):
    first = twilio.messages.create(to=ANA, from_=SENDER, body="one").sid
    twilio.messages.create(to=BO, from_=SENDER, body="two")
    last = twilio.messages.create(to=ANA, from_=SENDER, body="three").sid

    assert [message.sid for message in twilio.messages.list(to=ANA)] == [last, first]


def test_the_list_can_be_asked_for_a_time(twilio):
    twilio.messages.create(to=ANA, from_=SENDER, body="one")
    now = datetime.now(UTC)
    hour = timedelta(hours=1)

    assert len(twilio.messages.list(date_sent_after=now - hour)) == 1
    assert twilio.messages.list(date_sent_after=now + hour) == []
    assert twilio.messages.list(date_sent_before=now - hour) == []


def test_a_long_list_comes_page_by_page(twilio):
    for number in range(5):
        twilio.messages.create(to=ANA, from_=SENDER, body=str(number))

    bodies = [message.body for message in twilio.messages.list(page_size=2)]
    assert bodies == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    ("left_out", "code"),
    [({"To": ""}, 21604), ({"From": ""}, 21603), ({"Body": ""}, 21602)],
)
def test_what_is_missing_is_named(standins_at_work, left_out, code):
    form = {"To": ANA, "From": SENDER, "Body": "Hello"} | left_out

    answer = standins_at_work.post(MESSAGES, data=form, auth=AUTH)

    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert answer.json()["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert answer.json()["status"] == 400
    assert standins_at_work.store.texts() == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"to": "0151 234"}, 21211),
        ({"to": "+0151234567"}, 21211),
        ({"from_": "+12"}, 21212),
        ({"body": "a" * 1_601}, 21617),
    ],
)
def test_what_is_wrong_is_refused(twilio, standins_at_work, wrong, code):
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages.create(**{"to": ANA, "from_": SENDER, "body": "Hello"} | wrong)

    assert (refused.value.status, refused.value.code) == (400, code)
    assert standins_at_work.store.texts() == []


def test_a_wrong_token_is_refused(standins_at_work):
    http_client = StandinHttpClient(standins_at_work.url)
    stranger = Client(settings.TWILIO_ACCOUNT_SID, "wrong", http_client=http_client)

    with pytest.raises(TwilioRestException) as refused:
        stranger.messages.create(to=ANA, from_=SENDER, body="Hello")

    http_client.session.close()
    assert (refused.value.status, refused.value.code) == (401, 20003)
    assert standins_at_work.get(MESSAGES).status_code == 401


def test_another_account_is_not_found(standins_at_work):
    path = MESSAGES.replace(settings.TWILIO_ACCOUNT_SID, "AC" + "0" * 32)

    assert standins_at_work.get(path, auth=AUTH).status_code == 404


REFUSED = [number for number, kind in NUMBERS.items() if isinstance(KINDS[kind], Refusal)]


@pytest.mark.parametrize("number", REFUSED)
def test_a_magic_number_is_refused_as_it_says(twilio, standins_at_work, number):
    fault = KINDS[NUMBERS[number]]

    with pytest.raises(TwilioRestException) as refused:
        twilio.messages.create(to=number, from_=SENDER, body="Hello")

    assert (refused.value.status, refused.value.code) == (fault.status, fault.code)
    assert standins_at_work.store.texts() == []


def test_the_next_requests_play_the_faults_that_were_ordered(twilio, standins_at_work):
    standins_at_work.post("/faults", json={"kind": "too-many-requests", "count": 2})
    standins_at_work.post("/faults", json={"kind": "opted-out"})

    codes = []
    for _ in range(3):
        with pytest.raises(TwilioRestException) as refused:
            twilio.messages.create(to=ANA, from_=SENDER, body="Hello")
        codes.append(refused.value.code)

    assert codes == [20429, 20429, 21610]
    assert twilio.messages.create(to=ANA, from_=SENDER, body="Hello").sid
    assert standins_at_work.get("/faults").json()["faults"] == []


@pytest.mark.parametrize(
    "order",
    [{"kind": "no such kind"}, {"kind": "opted-out", "count": 0}, {"count": 1}, ["opted-out"]],
)
def test_an_order_that_cannot_be_played_is_refused(standins_at_work, order):
    answer = standins_at_work.post("/faults", json=order)

    assert answer.status_code == 400
    assert "undelivered" in answer.json()["kinds"]
    assert standins_at_work.store.faults() == []


def test_an_error_after_accepting_leaves_the_text_sent(twilio, standins_at_work):
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages.create(to="+15005550012", from_=SENDER, body="Hello")

    assert refused.value.status == 500
    assert len(standins_at_work.store.texts_to("+15005550012")) == 1


def test_silence_after_accepting_leaves_the_text_sent(twilio, standins_at_work):
    twilio.http_client.timeout = 0.3

    with pytest.raises(requests.ReadTimeout):
        twilio.messages.create(to="+15005550013", from_=SENDER, body="Hello")

    assert len(standins_at_work.store.texts_to("+15005550013")) == 1
