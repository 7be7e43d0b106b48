from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.admin import score_rows
from incidents.admin.spans import percent, share, span
from incidents.models import Incident
from incidents.services import field, score
from incidents.services.score import Count
from tests.factories import IncidentFactory, UpdateFactory

MINUTE = timedelta(minutes=1)
PAGE = "admin:incidents_incident_score"


@pytest.fixture
def ended(plan):
    """Yesterday: noticed at once, told after four minutes, then silent for an hour and a half."""
    began = timezone.now() - timedelta(days=1)
    incident = IncidentFactory(
        plan=plan, started_at=began, detected_at=began, opened_at=began + 2 * MINUTE
    )
    UpdateFactory(
        incident=incident,
        published_at=began + 4 * MINUTE,
        next_update_due_at=began + 34 * MINUTE,
    )
    end = began + 94 * MINUTE
    UpdateFactory(incident=incident, status="resolved", published_at=end)
    incident.status, incident.resolved_at = "resolved", end
    incident.save()
    return incident


def page_of(client, language="en"):
    answer = client.get(reverse(PAGE), HTTP_ACCEPT_LANGUAGE=language)
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_incidents_it_says_so_and_still_shows_the_field(admin_client):
    page = page_of(admin_client)

    assert "Nothing was opened in the last 365 days." in page
    for company in field.COMPANIES:
        assert company.name in page
        assert company.page in page


def test_it_shows_us_beside_our_targets_and_the_field(admin_client, ended):
    page = page_of(admin_client)

    assert "90 min" in page
    assert "0 of 1" in page
    assert "1 incident, " in page
    assert "1,983 incidents" in page


def test_a_drill_is_no_incident_of_ours(admin_client, ended):
    Incident.objects.update(mode=Incident.Mode.DRILL)

    assert "Nothing was opened" in page_of(admin_client)


def test_whoever_may_not_see_incidents_may_not_see_how_they_went(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("guest", is_staff=True))

    assert client.get(reverse(PAGE)).status_code == 403


def test_the_room_of_what_is_over_says_how_it_went(admin_client, ended):
    page = admin_client.get(reverse("admin:incidents_incident_room", args=[ended.pk]))

    assert "How it went" in page.content.decode()
    assert reverse(PAGE) in page.content.decode()


def test_the_room_of_what_is_open_does_not(admin_client, ended):
    Incident.objects.update(status="investigating", resolved_at=None)

    page = admin_client.get(reverse("admin:incidents_incident_room", args=[ended.pk]))

    assert "How it went" not in page.content.decode()


def test_each_line_stands_beside_what_the_plan_wants(ended):
    found = score.of(incident=ended, now=timezone.now())

    lines = {line.name: line for line in score_rows.of_incident(found)}

    notice = lines["First notice, from when it was detected"]
    assert (notice.value, notice.target, notice.verdict) == ("4 min", "at most 5 min", "met")
    kept = lines["Promises kept"]
    assert (kept.value, kept.note, kept.verdict) == ("0 of 1", "1 broken", "missed")
    assert not lines["Slowest approval"].is_judged


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (None, "–"),
        (timedelta(seconds=40), "40 s"),
        (timedelta(minutes=90), "90 min"),
        (timedelta(hours=30, minutes=5), "30 h 5 min"),
        (timedelta(hours=30), "30 h"),
        (timedelta(days=3, hours=2), "3 d 2 h"),
        (timedelta(days=3), "3 d"),
    ],
)
def test_a_time_is_written_in_the_units_that_matter(time, said):
    assert span(time) == said


def test_a_share_of_nothing_is_no_share():
    assert share(Count(0, 0)) == "–"
    said = share(Count(1, 3)), percent(44.7), percent(1.5), percent(0.0)
    assert said == ("33 %", "45 %", "1.5 %", "0 %")


def test_no_figure_of_the_field_is_out_of_its_range():
    for company in (*field.COMPANIES, field.TOGETHER):
        assert company.since < company.until
        assert all(
            0 <= share <= 100
            for share in (company.over_an_hour_percent, company.next_named_percent)
        )
    assert sum(one.incidents for one in field.COMPANIES) == field.TOGETHER.incidents
    assert sum(one.updates for one in field.COMPANIES) == field.TOGETHER.updates
