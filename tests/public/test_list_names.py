"""Readers see the name of a list that is meant for them, in their language."""

import pytest
from django.test import Client

from tests.factories import SegmentFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("language", "name"), [("de", "Für Partner"), ("en", "For partners")])
def test_a_list_has_a_name_for_its_readers(client: Client, language: str, name: str) -> None:
    SegmentFactory(
        name="Partners (CRM)",
        public_name={"de": "Für Partner", "en": "For partners"},
        is_listed=True,
    )

    page = client.get("/subscribe/", headers={"accept-language": language}).text

    assert name in page
    assert "Partners (CRM)" not in page


def test_without_one_its_own_name_is_shown(client: Client) -> None:
    SegmentFactory(name="Partners", is_listed=True)

    assert "Partners" in client.get("/subscribe/").text
