"""Every e-mail provider's events become ours, through Anymail's own views."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse

from audiences.models import Subscription, Suppression
from messaging.models import Delivery, DeliveryEvent
from tests.factories import DeliveryFactory, SegmentFactory, SubscriptionFactory

pytestmark = [
    pytest.mark.django_db,
    # Anymail still translates SendGrid's events, and says that nobody there can try it.
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]
State = Delivery.State
SECRET = "hooks:not-guessable"
SIGNING_KEY = "signing-key"
MESSAGE_ID = "provider-name-of-it"
PROVIDERS = ("postmark", "mailgun", "sendgrid")


def postmark(kind, to, metadata, number):
    common = {"MessageID": MESSAGE_ID, "Metadata": metadata, "ServerID": 1}
    bounce = {"Email": to, "BouncedAt": "2026-03-02T12:00:00Z", "ID": number, "Content": "Secret"}
    kinds = {
        "delivered": {
            "RecordType": "Delivery",
            "Recipient": to,
            "DeliveredAt": f"2026-03-02T12:00:{number:02}Z",
        },
        "hard": {"RecordType": "Bounce", "Type": "HardBounce", "Details": "smtp;550 5.1.1 Who?"},
        "blocked": {"RecordType": "Bounce", "Type": "Blocked", "Details": "smtp;550 5.7.1 Spam"},
        "deferred": {"RecordType": "Bounce", "Type": "Transient", "Details": "smtp;451 Later"},
        "complained": {"RecordType": "SpamComplaint", "Type": "SpamComplaint"},
        "unsubscribed": {
            "RecordType": "SubscriptionChange",
            "Recipient": to,
            "SuppressSending": True,
            "SuppressionReason": "ManualSuppression",
            "ChangedAt": "2026-03-02T12:00:00Z",
        },
        "opened": {"RecordType": "Open", "Recipient": to, "ReceivedAt": "2026-03-02T12:00:00Z"},
    }
    mine = kinds[kind]
    return common | (bounce if "Recipient" not in mine else {}) | mine


def mailgun(kind, to, metadata, number):
    kinds = {
        "delivered": {"event": "delivered"},
        "hard": {
            "event": "failed",
            "severity": "permanent",
            "reason": "bounce",
            "delivery-status": {"code": 550, "message": "5.1.1 No such user"},
        },
        "blocked": {
            "event": "failed",
            "severity": "permanent",
            "reason": "bounce",
            "delivery-status": {"code": 550, "message": "5.7.1 Refused by policy"},
        },
        "deferred": {"event": "failed", "severity": "temporary", "reason": "generic"},
        "complained": {"event": "complained"},
        "unsubscribed": {"event": "unsubscribed"},
        "opened": {"event": "opened"},
    }
    token = f"token-{number}"
    signed = hmac.new(SIGNING_KEY.encode(), f"1772452800{token}".encode(), hashlib.sha256)
    return {
        "signature": {"timestamp": "1772452800", "token": token, "signature": signed.hexdigest()},
        "event-data": kinds[kind]
        | {
            "recipient": to,
            "timestamp": 1772452800.5,
            "user-variables": metadata,
            "message": {"headers": {"message-id": MESSAGE_ID}},
        },
    }


def sendgrid(kind, to, metadata, number):
    kinds = {
        "delivered": {"event": "delivered", "response": "250 OK"},
        "hard": {"event": "bounce", "type": "bounce", "reason": "550 5.1.1 No such mailbox"},
        "blocked": {"event": "bounce", "type": "blocked", "reason": "550 5.7.1 Policy"},
        "deferred": {"event": "deferred", "response": "451 Later"},
        "complained": {"event": "spamreport"},
        "unsubscribed": {"event": "unsubscribe"},
        "opened": {"event": "open"},
    }
    common = {"email": to, "timestamp": 1772452800, "sg_event_id": f"event-{number}"}
    return [common | {"anymail_id": MESSAGE_ID} | metadata | kinds[kind]]


PAYLOADS: dict[str, Callable[..., object]] = {
    "postmark": postmark,
    "mailgun": mailgun,
    "sendgrid": sendgrid,
}


@dataclass
class Provider:
    name: str
    delivery: Delivery

    def payload(self, kind, *, number=1, metadata=None):
        metadata = {"delivery": str(self.delivery.pk)} if metadata is None else metadata
        return PAYLOADS[self.name](kind, self.delivery.address, metadata, number)

    def post(self, payload, *, secret=SECRET, provider=None):
        headers = {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
        return Client(enforce_csrf_checks=True).post(
            reverse("mail-tracking", args=[provider or self.name]),
            payload if isinstance(payload, bytes) else json.dumps(payload),
            content_type="application/json",
            headers=headers if secret else {},
        )

    def say(self, kind, **details):
        answer = self.post(self.payload(kind, **details))
        self.delivery.refresh_from_db()
        return answer.status_code


@pytest.fixture(params=PROVIDERS)
def provider(request, settings, ana):
    settings.MAIL_PROVIDER = request.param
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": SIGNING_KEY}
    segment = SegmentFactory()
    SubscriptionFactory(contact=ana, segment=segment)
    name = f"<{MESSAGE_ID}>" if request.param == "mailgun" else MESSAGE_ID
    delivery = DeliveryFactory(contact=ana, segment=segment, state=State.ACCEPTED, provider_id=name)
    delivery.broadcast.segments.add(segment)
    return Provider(request.param, delivery)


@pytest.mark.parametrize(
    ("kind", "state", "reason"),
    [
        ("delivered", State.DELIVERED, None),
        ("hard", State.BOUNCED, "hard_bounce"),
        ("deferred", State.ACCEPTED, None),
        ("complained", State.COMPLAINED, "complaint"),
        ("unsubscribed", State.ACCEPTED, None),
    ],
)
def test_an_event_becomes_ours(provider, kind, state, reason):
    assert provider.say(kind) == 200

    event = DeliveryEvent.objects.get()
    assert (event.delivery, event.source) == (provider.delivery, provider.name)
    assert provider.delivery.state == state
    found = Suppression.objects.filter(channel="email", address="ana@example.com")
    assert [one.reason for one in found] == ([reason] if reason else [])


def test_a_refusal_by_policy_says_nothing_about_the_address(provider):
    assert provider.say("blocked") == 200

    assert provider.delivery.state in (State.BOUNCED, State.FAILED)
    assert not Suppression.objects.exists()


def test_who_unsubscribes_at_the_provider_leaves_as_by_one_click(provider):
    assert provider.say("unsubscribed") == 200

    left = Subscription.objects.get()
    assert left.state == Subscription.State.UNSUBSCRIBED
    assert left.evidence.startswith("Unsubscribed at ")
    assert not Suppression.objects.exists()


def test_who_opens_a_message_is_not_written_down(provider):
    assert provider.say("opened") == 200

    assert not DeliveryEvent.objects.exists()


@pytest.mark.parametrize("metadata", [{}, {"delivery": "no number"}, {"delivery": "9" * 40}])
def test_without_our_number_the_providers_name_and_the_address_do(provider, metadata):
    assert provider.say("delivered", metadata=metadata) == 200

    assert provider.delivery.state == State.DELIVERED


@pytest.mark.parametrize("kind", ["hard", "complained"])
def test_a_provider_may_call_the_message_otherwise_than_when_it_took_it(provider, kind):
    Delivery.objects.update(provider_id="another")

    assert provider.say(kind) == 200

    assert provider.delivery.state in (State.BOUNCED, State.COMPLAINED)
    assert provider.delivery.provider_id == "another"


def test_a_complaint_about_a_message_we_do_not_know_still_counts(provider):
    Delivery.objects.update(provider_id="another")

    assert provider.say("complained", metadata={}) == 200

    assert DeliveryEvent.objects.get().delivery is None
    assert Suppression.objects.active().get().address == "ana@example.com"


def test_a_replay_changes_nothing(provider):
    for _time in range(3):
        assert provider.say("hard") == 200

    assert DeliveryEvent.objects.count() == 1
    assert Suppression.objects.count() == 1


def test_an_unsubscription_that_is_told_again_does_not_undo_a_return(provider):
    provider.say("unsubscribed")
    Subscription.objects.update(state=Subscription.State.CONFIRMED)

    provider.say("unsubscribed")

    assert Subscription.objects.get().state == Subscription.State.CONFIRMED


def test_events_that_overtake_each_other_never_move_a_state_backwards(provider):
    provider.say("complained", number=1)
    provider.say("delivered", number=2)
    provider.say("hard", number=3)

    assert provider.delivery.state == State.COMPLAINED
    assert DeliveryEvent.objects.count() == 3


def test_what_is_kept_holds_no_secret_and_no_copy_of_the_message(provider):
    provider.say("hard")

    kept = json.dumps(DeliveryEvent.objects.get().raw)
    assert "5.1.1" in kept
    assert "signature" not in kept
    assert "Secret" not in kept


@pytest.mark.parametrize("secret", ["", "hooks:wrong", "hooks"])
def test_a_wrong_secret_is_refused(provider, secret):
    answer = provider.post(provider.payload("hard"), secret=secret)

    assert answer.status_code == 400
    assert not DeliveryEvent.objects.exists()
    assert not Suppression.objects.exists()


def test_without_a_secret_of_ours_nobody_is_let_in(provider, settings):
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": SIGNING_KEY}

    assert provider.say("hard") == 404
    assert not DeliveryEvent.objects.exists()


def test_only_the_provider_that_sends_for_us_is_let_in(provider, settings):
    settings.MAIL_PROVIDER = "brevo"

    assert provider.say("hard") == 404
    assert provider.post({}, provider="nobody").status_code == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b"null", b"[1]", b"\xff", b"[" * 9_999])
def test_an_odd_body_is_refused_or_passed_over(provider, body):
    assert provider.post(body).status_code in (200, 400)
    assert not DeliveryEvent.objects.exists()


def test_odd_values_are_kept_and_raise_nothing(provider):
    payload = provider.payload("hard", metadata={"delivery": str(provider.delivery.pk)})
    event = payload[0] if isinstance(payload, list) else payload
    event["odd"] = ["nul \x00", {"deep": [[[[[[["x"]]]]]]]}, "x" * 5_000]

    assert provider.post(payload).status_code == 200
    assert DeliveryEvent.objects.get().raw["odd"][0] == "nul "


@pytest.mark.parametrize("provider", ["sendgrid"], indirect=True)
def test_many_events_in_one_post_all_count(provider):
    batch = [
        *provider.payload("delivered", number=1),
        *provider.payload("opened", number=2),
        *provider.payload("complained", number=3),
    ]

    assert provider.post(batch).status_code == 200

    kinds = DeliveryEvent.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["delivered", "complained"]


@pytest.mark.parametrize("provider", ["postmark"], indirect=True)
def test_what_may_work_tomorrow_is_no_hard_bounce(provider):
    assert provider.post(provider.payload("hard") | {"Type": "SoftBounce"}).status_code == 200

    assert not Suppression.objects.exists()


@pytest.mark.parametrize("provider", ["mailgun"], indirect=True)
def test_a_signature_of_another_key_is_refused(provider, settings):
    settings.ANYMAIL = settings.ANYMAIL | {"MAILGUN_WEBHOOK_SIGNING_KEY": "another"}

    assert provider.say("hard") == 400
    assert not DeliveryEvent.objects.exists()


def test_more_than_a_megabyte_is_refused(provider):
    assert provider.post(b" " * 1_048_577).status_code == 413


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_only_a_post_brings_events(client, provider, method):
    path = reverse("mail-tracking", args=[provider.name])

    assert getattr(client, method)(path).status_code == 405


def test_a_provider_may_ask_whether_anybody_is_there(client, provider):
    assert client.head(reverse("mail-tracking", args=[provider.name])).status_code == 200
