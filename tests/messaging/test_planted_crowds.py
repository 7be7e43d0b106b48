"""What the measures plant by SQL is what the tables of today take."""

import pytest
from django.db import connection

from audiences.models import Contact
from benchmarks.engine import audience, crowded, profiles
from messaging.models import Delivery

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="They are measured on PostgreSQL."
    ),
]


def test_a_database_of_some_years():
    crowded.plant(50)

    assert Contact.objects.count() == 50
    assert Delivery.objects.exists()


@pytest.mark.parametrize("crowd", [audience.crowd, profiles.crowd])
def test_a_crowd(crowd):
    crowd(50)

    assert Contact.objects.count() == 50
