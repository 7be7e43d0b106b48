"""A moment names its zone as the reader's language does."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from audiences import zones
from audiences.models import Contact

WINTER = datetime(2026, 1, 15, 13, 30, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "winter", "summer"),
    [("en", "14:30 CET", "14:30 CEST"), ("de", "14:30 MEZ", "14:30 MESZ")],
)
def test_each_language_has_its_own_name_for_the_zone(language: str, winter: str, summer: str):
    with override(language):
        assert f"{zones.local(WINTER):%H:%M %Z}" == winter
        assert f"{zones.local(SUMMER):%H:%M %Z}" == summer


def test_a_zone_without_a_german_name_keeps_its_own():
    with override("de"):
        assert f"{WINTER.astimezone(zones.Spoken('America/New_York')):%H:%M %Z}" == "08:30 EST"
        assert zones.Spoken("Europe/Berlin").tzname(None) is None


def test_lists_of_the_admin_say_it_too(lead_client: Client, ana: Contact):
    Contact.objects.update(created_at=WINTER)

    page = lead_client.get(
        reverse("admin:audiences_contact_changelist"), headers={"accept-language": "de"}
    ).content.decode()

    assert "14:30 MEZ" in page
    assert "CET" not in page
    assert not isinstance(timezone.get_current_timezone(), zones.Spoken)
