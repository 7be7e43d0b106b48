"""Who is not Twilio gets in nowhere, with DEBUG or without; what every one of its hooks refuses."""

import hashlib
import json

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from twilio.request_validator import RequestValidator

from audiences.models import Suppression
from messaging.models import Delivery, DeliveryEvent
from tests import twilio
from tests.factories import DeliveryFactory

pytestmark = pytest.mark.django_db
SID = "SM" + "1" * 32
STOP = {"MessageSid": SID, "From": "+447700900002", "Body": "STOP", "MessageStatus": "delivered"}


@pytest.fixture(params=["status", "inbound"])
def path(request, bo):
    delivery = DeliveryFactory(contact=bo, channel="sms", address=bo.phone, state="accepted")
    args = [delivery.pk] if request.param == "status" else []
    return reverse(f"twilio-{request.param}", args=args)


@pytest.fixture(params=[False, True], ids=["", "DEBUG"])
def debug(request, settings):
    settings.DEBUG = request.param


def assert_refused(answer):
    assert answer.status_code == 403
    assert not DeliveryEvent.objects.exists()
    assert not Suppression.objects.exists()
    assert Delivery.objects.get().state == "accepted"


def test_what_twilio_has_signed_is_let_in(client, path, debug):
    assert twilio.post(client, path, STOP).status_code in (200, 204)
    assert DeliveryEvent.objects.count() == 1


def test_without_a_signature_nothing_gets_in(client, path, debug):
    assert_refused(client.post(path, {"AccountSid": twilio.ACCOUNT, **STOP}))


def test_a_signature_with_another_token_is_refused(client, path, debug):
    assert_refused(twilio.post(client, path, STOP, token="0" * 32))


def test_a_signature_that_is_no_text_of_ours_is_refused(client, path, debug):
    answer = client.post(path, STOP, headers={"X-Twilio-Signature": "größe"})

    assert_refused(answer)


def test_another_account_is_refused_even_where_it_knows_the_token(client, path, debug):
    assert_refused(twilio.post(client, path, STOP | {"AccountSid": "AC" + "0" * 32}))


def test_a_changed_field_is_refused(client, path, debug):
    url = twilio.BASE_URL + path
    form = {"AccountSid": twilio.ACCOUNT, **STOP}
    signature = RequestValidator(settings.TWILIO_AUTH_TOKEN).compute_signature(url, form)

    tampered = form | {"Body": "START", "MessageStatus": "failed"}
    assert_refused(client.post(path, tampered, headers={"X-Twilio-Signature": signature}))
    more = form | {"ErrorCode": "30005"}
    assert_refused(client.post(path, more, headers={"X-Twilio-Signature": signature}))


def test_a_signature_for_another_scheme_host_or_path_is_refused(client, path, debug):
    ours = twilio.BASE_URL + path
    for other in (
        ours.replace("http://", "https://"),
        f"http://attacker.example{path}",
        f"{ours}x/",
        f"{ours}?a=1",
    ):
        assert_refused(twilio.post(client, path, STOP, signed_url=other))


def test_the_host_header_does_not_count(client, path, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.PUBLIC_BASE_URL = "https://status.example.com"

    forged = f"http://attacker.example{path}"
    assert_refused(twilio.post(client, path, STOP, signed_url=forged, host="attacker.example"))
    real = f"https://status.example.com{path}"
    answer = twilio.post(client, path, STOP, signed_url=real, host="10.0.0.7")
    assert answer.status_code in (200, 204)


@pytest.mark.parametrize("port", ["", ":443"])
def test_a_port_that_goes_without_saying_may_be_signed_or_not(client, path, settings, port):
    settings.PUBLIC_BASE_URL = "https://status.example.com"

    url = f"https://status.example.com{port}{path}"
    assert twilio.post(client, path, STOP, signed_url=url).status_code in (200, 204)


def test_a_query_that_is_signed_is_let_in_and_one_that_is_not_is_refused(client, path):
    url = twilio.BASE_URL + path
    assert_refused(twilio.post(client, f"{path}?a=1", STOP, signed_url=url))

    answer = twilio.post(client, f"{path}?a=1%2B2&b=%C3%A4", STOP)
    assert answer.status_code in (200, 204)


def test_an_earlier_token_counts_while_it_is_listed(client, path, settings):
    assert_refused(twilio.post(client, path, STOP, token="earlier"))
    settings.TWILIO_AUTH_TOKEN_FALLBACKS = ["older", "earlier"]

    assert twilio.post(client, path, STOP, token="earlier").status_code in (200, 204)


def test_a_replay_has_no_effect(client, path):
    first = twilio.post(client, path, STOP)
    events, suppressions = DeliveryEvent.objects.count(), Suppression.objects.count()

    again = twilio.post(client, path, STOP)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert DeliveryEvent.objects.count() == events == 1
    assert Suppression.objects.count() == suppressions


def post_json(client, path, body, *, promised=None):
    promised = promised or hashlib.sha256(body).hexdigest()
    path = f"{path}?bodySHA256={promised}"
    url = twilio.BASE_URL + path
    signature = RequestValidator(settings.TWILIO_AUTH_TOKEN).compute_signature(url, {})
    return client.post(
        path, body, content_type="application/json", headers={"X-Twilio-Signature": signature}
    )


def test_the_body_of_json_is_what_was_promised(client, path):
    body = json.dumps({"AccountSid": twilio.ACCOUNT}).encode()

    assert post_json(client, path, body).status_code in (200, 204)
    assert_refused(post_json(client, path, body + b" ", promised=hashlib.sha256(body).hexdigest()))
    assert_refused(post_json(client, path, b'{"AccountSid": "AC0"}'))
    assert_refused(post_json(client, path, b"[" * 100_000))


def test_json_that_promises_nothing_is_refused(client, path):
    url = twilio.BASE_URL + path
    signature = RequestValidator(settings.TWILIO_AUTH_TOKEN).compute_signature(url, {})
    body = json.dumps({"AccountSid": twilio.ACCOUNT})

    answer = client.post(
        path, body, content_type="application/json", headers={"X-Twilio-Signature": signature}
    )

    assert_refused(answer)


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_only_a_post_is_let_in(client, path, method):
    assert getattr(client, method)(path).status_code == 405


def test_more_than_a_megabyte_is_not_even_read(client, path):
    answer = twilio.post(client, path, STOP | {"Body": "x" * 1_048_576})

    assert answer.status_code == 413
    assert not DeliveryEvent.objects.exists()


def test_no_browser_token_is_asked_for(path):
    assert twilio.post(Client(enforce_csrf_checks=True), path, STOP).status_code in (200, 204)
