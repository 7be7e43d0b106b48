"""The SMS channel through Twilio's own library, against the stand-in of its API."""

import pytest
from twilio.base.exceptions import TwilioRestException

from messaging import channels
from messaging.channels import Content, Message, registry, sms_senders
from messaging.channels.sms_errors import classify
from messaging.channels.twilio_words import LATER, OURS, SUPPRESSED_BY
from messaging.merging import FIELDS
from messaging.services import rendering
from tests.contracts.rigs import load_twilio
from tests.esp import FakeEsp, serve
from tests.factories import TemplateVariantFactory

VALUES = dict.fromkeys(FIELDS, "") | {"salutation": "Hello Bo,"}


@pytest.fixture(autouse=True, scope="module")
def loaded():
    load_twilio()


@pytest.fixture
def stand_in(standins_at_work, settings):
    settings.TWILIO_API_BASE_URL = standins_at_work.url
    return standins_at_work


@pytest.fixture
def wire(settings):
    """What goes over the line, field by field."""
    fake = FakeEsp(lambda call: [], lambda call, mails, refused: {"sid": "SM1"})
    url, stop = serve(fake)
    settings.TWILIO_API_BASE_URL = url.rstrip("/")
    yield fake
    stop()


def message(to="+447700900001", text="Wir prüfen.", **changes):
    return Message(id=1, to=to, content=Content(sms_text=text), values=VALUES, **changes)


def rendered(text):
    variant = TemplateVariantFactory.build(sms_text=text)
    return rendering.render(variant, {"title": "x"}, "notice").sms_text


def send(*messages):
    with registry.get("sms").open() as connection:
        return list(connection.send(messages))


def test_a_text_arrives_with_its_callback_which_twilio_shall_not_give_up(stand_in):
    url = "http://127.0.0.1:9/hooks/twilio/status/1/"

    (outcome,) = send(message(callback_url=url))

    (text,) = stand_in.store.texts_to("+447700900001")
    assert (text.sid, text.body) == (outcome.provider_id, "Wir prüfen.")
    assert text.status_callback == f"{url}#rc=5&rp=all"


@pytest.mark.parametrize(
    ("seconds", "period"),
    [(14_400, "14400"), (1, "1"), (0, "1"), (-5, "1"), (36_000, "36000"), (604_800, "36000")],
)
def test_twilio_drops_a_text_that_came_too_late(wire, seconds, period):
    send(message(valid_seconds=seconds))

    assert wire.calls[0].form["ValidityPeriod"] == [period]


def test_without_a_callback_none_is_asked_for(wire):
    send(message())

    assert "StatusCallback" not in wire.calls[0].form


@pytest.mark.parametrize(
    ("sender", "field"),
    [
        ("+15005550006", "From"),
        ("50055", "From"),
        ("Klartext", "From"),
        ("MG Hosting", "From"),
        ("MG" + "a" * 32, "MessagingServiceSid"),
    ],
)
def test_a_number_a_name_or_a_messaging_service_may_send(wire, settings, sender, field):
    settings.TWILIO_FROM = sender

    send(message())

    form = wire.calls[0].form
    assert {name: form.get(name) for name in ("From", "MessagingServiceSid")} == {
        "From": None,
        "MessagingServiceSid": None,
    } | {field: [sender]}


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        ("+15005550006", "number"),
        ("50055", "number"),
        ("MG" + "0" * 32, "service"),
        ("MG" + "0" * 31, ""),
        ("Klartext", "name"),
        ("A", "name"),
        ("Twelve chars", ""),
        ("0151 23456", ""),
        ("Störung", ""),
        ("+", ""),
        ("", ""),
    ],
)
def test_a_sender_is_known_by_its_looks(sender, kind):
    assert sms_senders.kind(sender) == kind


@pytest.mark.parametrize(
    ("sender", "takes"), [("+15005550006", True), ("MG" + "0" * 32, True), ("Klartext", False)]
)
def test_nobody_can_answer_a_name(settings, sender, takes):
    settings.TWILIO_FROM = sender

    assert sms_senders.takes_answers() is takes


@pytest.mark.parametrize(
    ("sender", "body"),
    [
        ("Klartext", "Hallo.\nOpt out: https://a.example/u/x/"),
        ("+15005550006", "Hallo."),
    ],
)
def test_a_text_that_nobody_can_answer_says_where_one_can_leave(
    stand_in, settings, monkeypatch, sender, body
):
    settings.TWILIO_FROM = sender
    monkeypatch.setitem(VALUES, "unsubscribe_url", "https://a.example/u/x/")

    send(message(to="+447700900031", text=rendered("Hallo.")))

    assert stand_in.store.texts_to("+447700900031")[-1].body == body


@pytest.mark.parametrize("field", ["unsubscribe_url", "preferences_url"])
def test_a_text_with_its_own_way_out_gets_no_second_one(settings, field):
    settings.TWILIO_FROM = "Klartext"

    assert rendered("Stop: {{ " + field + " }}") == f"Stop: {FIELDS[field]}"


@pytest.mark.parametrize(
    ("number", "failure"),
    [
        ("+15005550001", channels.DeadAddress),  # 21211: no valid number
        ("+15005550002", channels.PermanentFailure),  # 21612: this pair does not go together
        ("+15005550003", channels.PermanentFailure),  # 21408: that region is not enabled
        ("+15005550004", channels.OptedOut),  # 21610: answered STOP
        ("+15005550009", channels.DeadAddress),  # 21614: no mobile number
        ("+15005550010", channels.TemporaryFailure),  # 20429: too many requests
        ("+15005550011", channels.UnknownOutcome),  # 500
        ("+15005550012", channels.UnknownOutcome),  # 500 after accepting
        ("+15005550018", channels.SenderFault),  # 20003: wrong credentials
    ],
)
def test_every_answer_of_the_provider_is_understood(stand_in, number, failure):
    (outcome,) = send(message(to=number))

    assert type(outcome) is failure


def test_the_stand_in_is_as_strict_about_validity_as_twilio(stand_in, monkeypatch):
    monkeypatch.setattr("messaging.channels.sms.LONGEST_VALIDITY", 40_000)

    (outcome,) = send(message(valid_seconds=40_000))

    assert outcome.code == "21624"


@pytest.mark.parametrize(
    ("code", "status", "failure"),
    [
        *((code, 400, channels.TemporaryFailure) for code in sorted(LATER)),
        *((code, 400, channels.DeadAddress) for code in sorted({*SUPPRESSED_BY} - {"21610"})),
        ("21610", 400, channels.OptedOut),
        *((code, 400, channels.SenderFault) for code in sorted(OURS)),
        # The account's limit for the day: waiting a little does not help.
        (63038, 429, channels.SenderFault),
        (99999, 429, channels.TemporaryFailure),
        (99999, 400, channels.PermanentFailure),
        (99999, 403, channels.SenderFault),
        (20500, 503, channels.UnknownOutcome),
    ],
)
def test_a_code_means_one_thing(code, status, failure):
    error = TwilioRestException(status, "/Messages.json", "no", code=code)

    assert type(classify(error)) is failure


def test_no_code_means_two_things():
    assert len({*LATER, *SUPPRESSED_BY, *OURS}) == len(LATER) + len(SUPPRESSED_BY) + len(OURS)
