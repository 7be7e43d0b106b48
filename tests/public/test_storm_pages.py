"""A storm on the public pages: told once, and found from every one of its incidents."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from incidents.models import Component, Incident, IncidentComponent
from tests.factories import ComponentFactory, IncidentFactory, UpdateFactory


@pytest.fixture
def cards(outage: Incident, now: datetime) -> Incident:
    """Told within the outage for ten minutes; its own promise is long past."""
    component = ComponentFactory(name="Cards", status=Component.Status.MAJOR_OUTAGE)
    incident = IncidentFactory(
        title={"en": "Cards are refused", "de": "Karten werden abgelehnt"},
        status=outage.status,
        opened_at=now - timedelta(minutes=50),
        merged_into=outage,
        merged_at=now - timedelta(minutes=10),
    )
    IncidentComponent.objects.create(incident=incident, component=component, status="major_outage")
    UpdateFactory(
        incident=incident,
        public_text={"en": "Cards do not work.", "de": "Karten gehen nicht."},
        published_at=now - timedelta(minutes=49),
        next_update_due_at=now - timedelta(minutes=19),
    )
    return incident


def end(outage: Incident, now: datetime) -> None:
    storm = Incident.objects.filter(pk__in=outage.storm)
    storm.update(status="resolved", resolved_at=now)


def text(client: Client, path: str, language: str = "en") -> str:
    answer = client.get(path, headers={"accept-language": language}).content.decode()
    return " ".join(answer.split())


def test_the_status_page_tells_a_storm_once_with_all_that_is_hit(
    client: Client, outage: Incident, cards: Incident
) -> None:
    page = text(client, "/")

    assert page.count('<article class="card story') == 1
    affected = page.partition("<article")[2].partition("</article>")[0]
    assert "Checkout" in affected
    assert "Cards" in affected
    assert f'Here we also tell you about: <a href="/incidents/{cards.key}/">' in page
    assert "Cards do not work." not in page


def test_the_services_of_all_show_how_they_are(
    client: Client, outage: Incident, cards: Incident
) -> None:
    services = text(client, "/").partition('id="services"')[2]

    assert "Major outage" in services


@pytest.mark.parametrize(
    ("language", "words", "title"),
    [
        ("en", "we tell you about this together with", "Orders fail"),
        ("de", "", "Bestellungen scheitern"),
    ],
)
def test_its_own_page_says_where_it_is_told_and_keeps_what_was_said(
    client: Client, outage: Incident, cards: Incident, language: str, words: str, title: str
) -> None:
    page = text(client, f"/incidents/{cards.key}/", language)

    assert words in page
    assert f'<a href="/incidents/{outage.key}/">{title}</a>' in page
    assert ("Cards do not work." if language == "en" else "Karten gehen nicht.") in page


def test_its_own_page_owes_nothing_any_more(
    client: Client, outage: Incident, cards: Incident
) -> None:
    page = text(client, f"/incidents/{cards.key}/")

    assert "It is late" not in page
    assert "Next update by" not in page


def test_the_page_of_the_head_names_what_is_told_there(
    client: Client, outage: Incident, cards: Incident
) -> None:
    page = text(client, f"/incidents/{outage.key}/")

    assert f'<a href="/incidents/{cards.key}/">Cards are refused</a>' in page
    assert "Next update by" in page


def test_the_history_counts_it_once(
    client: Client, outage: Incident, cards: Incident, now: datetime
) -> None:
    end(outage, now)

    history = text(client, "/").partition('id="history"')[2]

    assert history.count(f"/incidents/{outage.key}/") == 1
    assert history.count("<li>") == 1
    assert "Cards are refused" in history
