import pytest
from pytest_django.live_server_helper import LiveServer

from audiences.models import Suppression
from tests.standins import Standins

ANA = "+4917139200001"


@pytest.fixture
def product(live_server: LiveServer, settings, standins_at_work: Standins) -> Standins:
    """Our own web server is where the stand-in posts to."""
    settings.PUBLIC_BASE_URL = live_server.url
    return standins_at_work


@pytest.mark.slow(reason="a web server of its own, and texts that take their time")
def test_a_person_who_answers_stop_is_suppressed_and_told_so(product, ana):
    answer = product.post("/texts", json={"from": ANA, "body": "Stopp"}).json()

    assert answer["status"] == 200
    assert Suppression.objects.active().get().address == ANA
    [confirmation] = product.store.texts_to(ANA)
    assert [confirmation.body] == answer["answers"]
    assert "SMS" in confirmation.body


@pytest.mark.slow(reason="a web server of its own, and texts that take their time")
def test_where_twilio_has_answered_the_product_says_nothing(product, ana):
    order = {"from": ANA, "body": "STOP", "opt_out_type": "STOP"}

    assert product.post("/texts", json=order).json()["answers"] == []
    assert product.store.texts_to(ANA) == []


@pytest.mark.parametrize("order", [{}, [], {"from": "me", "body": "STOP"}, {"from": ANA}])
def test_a_text_from_nobody_is_refused(standins_at_work, order):
    assert standins_at_work.post("/texts", json=order).status_code == 400


def test_a_product_that_is_away_is_said_to_be(standins_at_work, settings):
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:9"

    answer = standins_at_work.post("/texts", json={"from": ANA, "body": "STOP"})

    assert answer.status_code == 502
