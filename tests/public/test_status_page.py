from datetime import timedelta

import pytest
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.timezone import localtime

from incidents.models import Component, Incident, IncidentComponent, Update
from tests.factories import ComponentFactory, IncidentFactory, UpdateFactory


def read(client, path="/", language="en"):
    response = client.get(path, headers={"accept-language": language})
    assert response.status_code == 200
    return response.content.decode().replace("\xa0", " ")


def clock(moment):
    return f"{localtime(moment):%H:%M} {localtime(moment).tzname()}"


def test_an_empty_page_says_that_all_is_well(client, db):
    page = read(client)

    assert "All Systems Operational" in page
    assert "No services are listed yet." in page
    assert "no incident has ended in the last 14 days" in page


def test_a_running_incident_stands_there_with_its_latest_word_and_its_promise(client, outage, now):
    page = read(client)

    assert "Partial System Outage" in page
    assert "Orders fail" in page
    assert "We found <strong>it</strong>." in page
    assert "We are looking." not in page
    assert f"{clock(now + timedelta(minutes=30))}</time></b>" in page
    assert "12 minutes ago" in page
    assert f'href="/incidents/{outage.key}/"' in page


def test_a_broken_promise_is_called_late(client, outage, now):
    outage.updates.update(
        published_at=now - timedelta(hours=2), next_update_due_at=now - timedelta(hours=1)
    )

    page = read(client)

    assert "The next update was due by" in page
    assert "Next update by" not in page


def test_the_services_stand_in_groups_with_shape_and_word(client, checkout):
    ComponentFactory(name="Lonely")

    page = read(client)

    assert page.index("Shop") < page.index("Checkout") < page.index("Lonely")
    assert "Partial outage" in page
    assert '<svg class="symbol partial_outage"' in page
    assert '<svg class="symbol operational"' in page


@pytest.mark.parametrize("change", [{"opened_at": None}, {"mode": "drill"}, {"mode": "replay"}])
def test_drafts_drills_and_replays_stay_inside(client, outage, change):
    Incident.objects.filter(pk=outage.pk).update(**change)

    assert "Orders fail" not in read(client)
    assert client.get(f"/incidents/{outage.key}/").status_code == 404


def test_what_ended_lately_is_history_and_what_ended_long_ago_is_gone(client, db, now):
    for title, days in (("Fresh trouble", 3), ("Old trouble", 15)):
        ended = now - timedelta(days=days)
        IncidentFactory(
            title={"en": title},
            status="resolved",
            started_at=ended - timedelta(minutes=44),
            opened_at=ended - timedelta(minutes=40),
            resolved_at=ended,
        )

    page = read(client)

    assert "Fresh trouble" in page
    assert "duration: 44 minutes" in page
    assert "Old trouble" not in page


def test_planned_maintenance_shows_its_window_and_does_not_darken_the_banner(client, now, db):
    start = now + timedelta(days=3)
    IncidentFactory(
        title={"en": "New database"},
        kind="maintenance",
        status="scheduled",
        impact="maintenance",
        opened_at=now,
        scheduled_for=start,
        scheduled_until=start + timedelta(hours=2),
    )

    page = read(client)

    assert "All Systems Operational" in page
    assert "Planned maintenance" in page
    assert date_format(localtime(start), "MONTH_DAY_FORMAT") in page
    assert clock(start) in page


def test_maintenance_in_progress_is_the_state_of_things(client, now, db):
    IncidentFactory(kind="maintenance", status="in_progress", impact="maintenance", opened_at=now)

    page = read(client)

    assert "Service Under Maintenance" in page
    assert "Maintenance in progress" in page


def test_times_follow_the_clock_of_the_story(client, outage, now):
    outage.set_clock(story=now - timedelta(minutes=10), now=now, speed=0)

    assert "· 2 minutes ago" in read(client)


def test_the_reader_is_addressed_in_german_and_english(client, outage):
    german, english = read(client, language="de-AT,de;q=0.9,en;q=0.5"), read(client)

    assert '<html lang="de">' in german
    assert "Bestellungen scheitern" in german
    assert "vor 12 Minuten" in german
    assert '<html lang="en">' in english


def test_a_text_in_another_language_says_so(client, outage):
    Update.objects.filter(incident=outage).update(public_text={"de": "Nur auf Deutsch."})

    assert '<div class="prose" lang="de"><p>Nur auf Deutsch.</p>' in read(client)
    assert '<div class="prose"><p>Nur auf Deutsch.</p>' in read(client, language="de")


def test_the_language_switch_needs_no_token_and_comes_back(client, outage):
    response = client.post("/language/", {"language": "de", "next": "/"})

    assert (response.status_code, response["Location"]) == (302, "/")
    assert '<html lang="de">' in read(client)


def test_the_language_switch_leads_nowhere_else(client):
    response = client.post("/language/", {"language": "de", "next": "https://example.org/"})

    assert response["Location"] == "/"


def test_titles_and_texts_cannot_carry_markup(client, outage):
    evil = "<script>alert(1)</script>"
    Incident.objects.filter(pk=outage.pk).update(title={"en": evil}, effect={"en": evil})
    Update.objects.filter(incident=outage).update(public_text={"en": evil})

    for path in ("/", f"/incidents/{outage.key}/"):
        page = read(client, path)
        assert "<script" not in page
        assert escape(evil) in page


def test_pages_may_be_kept_for_a_moment_per_language_and_set_no_cookie(client, outage):
    for path in ("/", f"/incidents/{outage.key}/"):
        response = client.get(path)

        assert response["Cache-Control"] == "public, max-age=15"
        assert {"Cookie", "Accept-Language"} <= set(response["Vary"].split(", "))
        assert not response.cookies
        assert "default-src 'none'" in response["Content-Security-Policy"]


def test_looking_changes_nothing(client, outage, rows):
    before = rows()

    for method in (client.get, client.head):
        for path in ("/", f"/incidents/{outage.key}/", "/incidents/nowhere/"):
            method(path)

    assert rows() == before


def test_the_number_of_queries_does_not_grow_with_the_trouble(
    client, outage, now, django_assert_max_num_queries
):
    for number in range(8):
        component = ComponentFactory(status=Component.Status.MAJOR_OUTAGE)
        for status, ended in (("identified", None), ("resolved", now)):
            incident = IncidentFactory(status=status, opened_at=now, resolved_at=ended)
            IncidentComponent.objects.create(incident=incident, component=component)
            within = {"merged_into": incident, "merged_at": now, "opened_at": now}
            IncidentFactory(status=status, resolved_at=ended, **within)
            UpdateFactory(
                incident=incident,
                status=status,
                public_text={"en": f"Word {number}"},
                published_at=now - timedelta(minutes=number),
            )

    with django_assert_max_num_queries(18):
        read(client)


def test_the_history_counts_no_duration_from_when_maintenance_was_written_down(client, now, db):
    IncidentFactory(
        kind="maintenance",
        status="completed",
        impact="maintenance",
        started_at=now - timedelta(days=5),
        opened_at=now - timedelta(days=5),
        scheduled_for=now - timedelta(hours=2),
        scheduled_until=now - timedelta(hours=1),
        resolved_at=now - timedelta(hours=1),
    )

    page = read(client)

    assert "Slow logins" in page
    assert "duration" not in page
