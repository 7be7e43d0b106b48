"""What customers see of a maintenance: both times after a move, and an overrun said honestly."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from incidents.models import Component, Incident, ScheduleChange
from tests.factories import maintenance_of

HOUR = timedelta(hours=1)


@pytest.fixture
def work(checkout: Component, now: datetime) -> Incident:
    return maintenance_of(
        checkout,
        opened_at=now - 24 * HOUR,
        scheduled_for=now + 24 * HOUR,
        work={"en": "We move the **database**."},
        risk={"en": "It may take longer."},
        rollback={"en": "The old one stays ready."},
    )


def shown(client: Client, incident: Incident) -> list[str]:
    """The status page and the page of the incident."""
    return [client.get(place).content.decode() for place in ("/", f"/incidents/{incident.key}/")]


def change(incident: Incident, kind: str, now: datetime) -> None:
    ScheduleChange.objects.create(
        incident=incident,
        kind=kind,
        old_for=incident.scheduled_for - 48 * HOUR,
        old_until=incident.scheduled_until - 1 * HOUR,
        new_for=incident.scheduled_for,
        new_until=incident.scheduled_until,
        reason={"en": "A part is missing."},
        changed_at=now - 2 * HOUR,
    )


def test_a_move_shows_the_old_time_with_its_reason(
    client: Client, work: Incident, now: datetime
) -> None:
    change(work, "moved", now)

    for page in shown(client, work):
        assert "moved from <s><time" in page
        assert "A part is missing." in page
        assert "not begun" not in page


def test_a_later_end_shows_the_end_before(client: Client, work: Incident, now: datetime) -> None:
    work.status = "in_progress"
    work.save()
    change(work, "extended", now)

    for page in shown(client, work):
        assert "planned end before: <s><time" in page


def test_what_takes_longer_is_said_to(client: Client, work: Incident, now: datetime) -> None:
    Incident.objects.filter(pk=work.pk).update(
        status="in_progress", scheduled_for=now - 3 * HOUR, scheduled_until=now - HOUR
    )

    for page in shown(client, work):
        assert "It takes longer than planned." in page


def test_what_has_not_begun_in_time_is_said_to(
    client: Client, work: Incident, now: datetime
) -> None:
    Incident.objects.filter(pk=work.pk).update(scheduled_for=now - HOUR)

    for page in shown(client, work):
        assert "It has not begun yet." in page


def test_the_page_says_what_is_done_and_what_if_it_goes_wrong(
    client: Client, work: Incident
) -> None:
    page = shown(client, work)[1]

    for words in ("We move the <strong>database</strong>.", "It may take longer.", "stays ready."):
        assert words in page


def test_what_is_over_shows_neither_old_times_nor_risks(
    client: Client, work: Incident, now: datetime
) -> None:
    change(work, "moved", now)
    work.status, work.resolved_at = "completed", now
    work.save()

    page = shown(client, work)[1]

    assert "moved from" not in page
    assert "It may take longer." not in page
