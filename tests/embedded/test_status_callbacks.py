import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest
from django.conf import settings
from twilio.request_validator import RequestValidator

ANA = "+15005550101"
SENDER = "+15005550006"


@dataclass
class Webhook:
    """Where callbacks arrive; it says no to each when it is told to."""

    url: str = ""
    status: int = 204
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def statuses(self, count: int) -> list[str]:
        deadline = time.monotonic() + 10
        while len(self.calls) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return [fields["MessageStatus"] for _, fields in self.calls]


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fields = dict(parse_qsl(body))
            fields["signature"] = self.headers["X-Twilio-Signature"]
            hook.calls.append((self.path, fields))
            self.send_response(hook.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        hook.url = f"http://127.0.0.1:{server.server_port}/sms/status/"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield hook
        server.shutdown()
        thread.join()


def send(twilio, webhook, *, to=ANA, callback=None, **sender):
    return twilio.messages.create(
        to=to,
        body="Hello",
        status_callback=callback or webhook.url,
        **sender or {"from_": SENDER},
    )


def test_a_text_is_reported_sent_and_then_delivered(twilio, webhook):
    message = send(twilio, webhook)

    assert webhook.statuses(2) == ["sent", "delivered"]
    _, fields = webhook.calls[1]
    assert fields["MessageSid"] == fields["SmsSid"] == message.sid
    assert fields["SmsStatus"] == "delivered"
    assert (fields["To"], fields["From"]) == (ANA, SENDER)
    assert fields["AccountSid"] == settings.TWILIO_ACCOUNT_SID
    assert fields["ApiVersion"] == "2010-04-01"
    assert "ErrorCode" not in fields
    assert twilio.messages(message.sid).fetch().status == "delivered"


def test_callbacks_are_signed_for_the_address_they_go_to(twilio, webhook):
    address = f"{webhook.url}a%2Fb/?delivery=1%2B2&note=%C3%A4"
    send(twilio, webhook, callback=f"{address}#rc=5")

    webhook.statuses(2)
    for path, fields in webhook.calls:
        signature = fields.pop("signature")
        assert webhook.url.removesuffix("/sms/status/") + path == address
        assert RequestValidator(settings.TWILIO_AUTH_TOKEN).validate(address, fields, signature)
        assert not RequestValidator("another").validate(address, fields, signature)


def test_a_text_that_does_not_arrive_is_reported_with_its_code(twilio, webhook):
    message = send(twilio, webhook, to="+15005550014")

    assert webhook.statuses(2) == ["sent", "undelivered"]
    assert webhook.calls[1][1]["ErrorCode"] == "30003"
    assert "ErrorCode" not in webhook.calls[0][1]
    assert twilio.messages(message.sid).fetch().error_code == 30003


def test_a_messaging_service_reports_the_number_it_chose(twilio, webhook):
    send(twilio, webhook, messaging_service_sid="MG" + "0" * 32)

    assert webhook.statuses(2) == ["sent", "delivered"]
    assert webhook.calls[0][1]["MessagingServiceSid"] == "MG" + "0" * 32
    assert webhook.calls[0][1]["From"] == SENDER


def test_a_text_whose_request_failed_after_accepting_is_reported_all_the_same(
    standins_at_work, webhook
):
    path = f"/2010-04-01/Accounts/{settings.TWILIO_ACCOUNT_SID}/Messages.json"
    standins_at_work.post(
        path,
        data={
            "To": "+15005550012",
            "From": SENDER,
            "Body": "Hello",
            "StatusCallback": webhook.url,
        },
        auth=(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN),
    )

    assert webhook.statuses(2) == ["sent", "delivered"]


def test_a_callback_that_is_refused_is_not_repeated(twilio, webhook):
    webhook.status = 500
    message = send(twilio, webhook)

    assert webhook.statuses(2) == ["sent", "delivered"]
    time.sleep(0.2)
    assert len(webhook.calls) == 2
    assert twilio.messages(message.sid).fetch().status == "delivered"


def test_a_callback_to_nowhere_does_not_keep_a_text_from_arriving(twilio, standins_at_work):
    nowhere = "http://127.0.0.1:9/"
    message = twilio.messages.create(to=ANA, from_=SENDER, body="Hello", status_callback=nowhere)

    deadline = time.monotonic() + 10
    while twilio.messages(message.sid).fetch().status != "delivered":
        assert time.monotonic() < deadline
        time.sleep(0.05)
