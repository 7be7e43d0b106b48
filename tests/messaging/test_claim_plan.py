"""Claiming stays cheap however many rows are done: it reads the index of what is to do."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import Delivery
from messaging.services.claiming import Claimer
from messaging.states import State
from tests.factories import BroadcastFactory, DeliveryFactory

pytestmark = pytest.mark.django_db
DONE, TO_DO = 3_000, 50


@pytest.mark.slow(reason="a planner needs some thousand rows to choose by")
def test_the_claim_reads_the_index_of_what_is_to_do():
    broadcast = BroadcastFactory()
    Delivery.objects.bulk_create(
        DeliveryFactory.build(
            broadcast=broadcast,
            contact=None,
            address=f"p{number}@example.com",
            state=State.ACCEPTED if number < DONE else State.PENDING,
        )
        for number in range(DONE + TO_DO)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    with CaptureQueriesContext(connection) as captured:
        Claimer("email", uuid.uuid4()).claim(10)

    claim = next(sql for sql in (one["sql"] for one in captured) if "LIMIT 10" in sql)
    assert "delivery_todo" in plan_of(claim)


def plan_of(sql: str) -> str:
    how = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    with connection.cursor() as cursor:
        cursor.execute(how + sql)
        return str(cursor.fetchall())
