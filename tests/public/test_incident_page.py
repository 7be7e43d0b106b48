from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.views.defaults import server_error

from incidents.models import Commitment, Component, Postmortem, UpdateComponent
from incidents.services import corrections
from incidents.services.correction_drafts import Correction


@pytest.fixture
def page(client, outage):
    def read(language="en"):
        address = f"/incidents/{outage.key}/"
        return (
            client.get(address, headers={"accept-language": language})
            .content.decode()
            .replace("\xa0", " ")
        )

    return read


def test_the_whole_thread_is_told_newest_first(page):
    text = page()

    assert text.index("We found <strong>it</strong>.") < text.index("We are looking.")
    assert text.index("Identified") < text.index("Investigating")


def test_the_technical_text_never_reaches_the_public(client, page):
    for text in (page("en"), page("de"), client.get("/").content.decode()):
        assert "pod-7f" not in text


def test_what_changed_for_a_service_stands_at_its_update(page, outage, checkout):
    UpdateComponent.objects.create(
        update=outage.updates.order_by("published_at").first(),
        component=checkout,
        old_status=Component.Status.OPERATIONAL,
        new_status=Component.Status.MAJOR_OUTAGE,
    )

    text = page()

    assert text.index("We are looking.") < text.index("<s>operational</s>")
    assert '<svg class="symbol major_outage"' in text


@pytest.fixture
def correct(outage, now):
    """Puts the latest update right."""

    def correct(english, **more):
        texts = {"en": english, "de": "Wir haben **es** gefunden."}
        said = Correction(public_text=texts, **more)
        latest = outage.updates.published().last()
        return corrections.correct(update=latest, correction=said, by=None, now=now)

    return correct


def test_the_right_text_takes_the_wrong_ones_place_and_quotes_it(page, correct, client):
    correct("We found *another*.")

    text = page()

    correction = text.index("Corrected at")
    assert text.index("We found <em>another</em>.") < correction
    assert correction < text.index("We found <strong>it</strong>.") < text.index("We are looking.")
    assert "We found <em>another</em>." in client.get("/").content.decode()


def test_who_reads_what_was_right_reads_of_no_correction(page, correct):
    correct("We found *another*.")

    assert "Korrigiert" not in page("de")
    assert "Corrected" not in page("de")


@pytest.mark.parametrize("more", [{"quotes_wrong": False}, {"withdraws": "everybody"}])
def test_what_nobody_should_see_any_more_is_not_quoted(page, correct, more):
    correct("We found *another*.")
    correct("Please disregard it.", **more)

    text = page()

    assert "Please disregard it." in text
    assert "We found" not in text


def test_the_time_that_was_meant_is_promised_on_the_page(page, correct, now):
    correct("We found **it**.", promised={"": now + timedelta(hours=5)})

    text = page()

    assert f"{timezone.localtime(now + timedelta(hours=5)):%H:%M}" in text[: text.index("<dl")]


def test_the_time_that_was_wrong_is_quoted_at_the_cost_of_no_query(
    page, correct, now, django_assert_num_queries
):
    correct("We found **it**.", promised={"": now + timedelta(hours=5)})
    with CaptureQueriesContext(connection) as once:
        page()
    correct("We found **it**.", promised={"": now + timedelta(hours=6)})
    with django_assert_num_queries(len(once)):
        text = page()

    quoted = text[text.index("<details") :]
    assert [
        f"{timezone.localtime(now + wrong):%H:%M}" in quoted
        for wrong in (timedelta(minutes=30), timedelta(hours=5), timedelta(hours=6))
    ] == [True, True, False]


def test_a_cause_is_shown_once_it_is_known_and_a_technical_one_never(page, outage):
    outage.scope, outage.cause = {"en": "Shops in the EU."}, {"en": "A full store."}
    outage.technical_cause, outage.systems = {"en": "Lost quorum."}, {"en": "Hydra"}
    outage.save()

    text = page()
    assert "Shops in the EU." in text
    assert "A full store." in text
    assert "quorum" not in text
    assert "Hydra" not in text

    outage.status = "investigating"
    outage.save()
    assert "A full store." not in page()


def test_effect_and_workaround_help_while_it_lasts(page, outage):
    outage.effect = {"en": "Orders are *refused*."}
    outage.workaround = {"en": "Order by phone."}
    outage.save()

    assert "Orders are <em>refused</em>." in page()
    assert "Order by phone." in page()

    outage.status, outage.resolved_at = "resolved", outage.started_at + timedelta(hours=1)
    outage.save()

    assert "Order by phone." not in page()


def test_what_is_over_promises_nothing_and_says_how_long_it_took(page, outage):
    outage.status, outage.resolved_at = "resolved", outage.started_at + timedelta(minutes=59)
    outage.save()

    text = page()

    assert "Next update by" not in text
    assert '<svg class="symbol none"' in text
    assert '<svg class="symbol major"' not in text
    assert "duration: 59 minutes" in text


@pytest.mark.parametrize(("state", "is_shown"), [("draft", False), ("published", True)])
def test_a_postmortem_is_read_once_it_is_published(page, outage, now, state, is_shown):
    Postmortem.objects.create(
        incident=outage,
        state=state,
        body={"en": "A certificate had expired."},
        due_at=now,
        published_at=now,
    )

    assert ("A certificate had expired." in page()) is is_shown


def test_an_unknown_incident_gets_the_house_page(client, db):
    response = client.get("/incidents/abcdefghijkl/")

    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


def test_a_failure_gets_a_page_that_needs_no_database(rf):
    response = server_error(rf.get("/"))

    assert "This page failed" in response.content.decode()


@pytest.mark.parametrize("key", ["%00", "a%20b", "a%0Ab", "%F0%9F%94%A5", "a.b"])
def test_what_can_be_no_key_is_not_looked_up(client, db, django_assert_num_queries, key):
    with django_assert_num_queries(1):  # for the look of the page
        assert client.get(f"/incidents/{key}/").status_code == 404


def test_a_commitment_is_read_once_customers_were_told(page, outage, now, lead):
    credit = Commitment.objects.create(
        incident=outage,
        text={"en": "A *credit* of 10 %."},
        owner=lead,
        due_on=date(2031, 1, 31),
    )
    assert "credit" not in page()

    credit.told_at = now
    credit.save()
    assert "A <em>credit</em> of 10 %." in page()
    assert "By 31 January 2031" in page()

    credit.delivered_at, credit.outcome = now, {"en": "It is on your invoice."}
    credit.save()
    assert "It is on your invoice." in page()
    assert "By 31 January" not in page()
