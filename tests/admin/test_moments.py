"""Times in forms, in the nights when the clocks change."""

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from audiences.admin import moments
from audiences.admin.moment_field import MomentField
from incidents.models import Component, Incident
from incidents.templatetags import story
from tests.factories import maintenance_of
from tests.pages import form_on

# Half past two comes twice in this night in Berlin; in the other it does not come at all.
FIRST = datetime(2026, 10, 25, 0, 30, 17, 250, tzinfo=UTC)
SECOND = FIRST + timedelta(hours=1)


class Form(forms.Form):
    at = MomentField()


def sent(form: forms.BaseForm, name: str) -> dict[str, str]:
    """What a browser sends of a field that nobody has touched."""
    parts = form[name].subwidgets[0].data["subwidgets"]
    shown = {}
    for part in parts:
        value = part["value"]
        shown[part["name"]] = value[0] if isinstance(value, list) else value
    return shown


@pytest.mark.parametrize("at", [FIRST, SECOND])
def test_what_was_not_touched_stays_the_moment_it_was(at):
    shown = Form(initial={"at": at})

    form = Form(sent(shown, "at"), initial={"at": at})

    assert form.is_valid(), form.errors
    assert form.cleaned_data["at"] == at
    assert not form.has_changed()


def test_of_a_time_that_comes_twice_one_is_asked_which():
    typed = Form({"at_0": "2026-10-25", "at_1": "02:30"})

    assert typed.errors["at"] == [
        "The clocks go back: they show 02:30 twice. Choose which one it is."
    ]
    assert "02:30 CEST, the first time" in str(typed["at"])
    assert "02:30 CET, the second time" in str(typed["at"])
    again = Form(sent(typed, "at"))
    assert again.is_valid()
    assert again.cleaned_data["at"] == FIRST.replace(second=0, microsecond=0)


def test_another_time_of_the_same_hour_is_of_the_occurrence_that_was_shown():
    shown = sent(Form(initial={"at": SECOND}), "at")

    form = Form({**shown, "at_1": "02:10"})

    assert form.is_valid()
    assert form.cleaned_data["at"] == datetime(2026, 10, 25, 1, 10, tzinfo=UTC)


def test_a_time_that_does_not_exist_is_refused_with_the_one_to_write():
    with pytest.raises(ValidationError, match=r"There is no 02:30 on 28 March 2027.*Write 03:30"):
        MomentField().clean(["2027-03-28", "02:30"])


@pytest.mark.parametrize("shown", ["nonsense", "9999-12-31T23:59:59-23:00"])
def test_nonsense_sent_along_counts_for_nothing(shown):
    assert MomentField().clean(["2026-10-26", "02:30", shown]) == datetime(
        2026, 10, 26, 1, 30, tzinfo=UTC
    )


@pytest.fixture
def draft_at_night(checkout: Component, lead: User) -> Incident:
    return maintenance_of(checkout, scheduled_for=SECOND.replace(microsecond=0), lead=lead)


def test_a_draft_of_that_night_is_saved_as_it_was(lead_client: Client, draft_at_night: Incident):
    place = reverse("admin:incidents_incident_change", args=[draft_at_night.pk])

    page = form_on(lead_client.get(place).content.decode())
    lead_client.post(place, page | {"title_en": ["Renamed"]})

    as_it_was = draft_at_night.scheduled_for
    draft_at_night.refresh_from_db()
    assert (draft_at_night.title["en"], draft_at_night.scheduled_for) == ("Renamed", as_it_was)


@pytest.mark.parametrize(("at", "zone"), [(FIRST, "CEST"), (SECOND, "CET")])
def test_what_is_written_twice_that_night_says_which(at: datetime, zone: str) -> None:
    assert moments.brief(at, at) == f"02:30 {zone}"
    assert moments.moment(at).endswith(f", 02:30 {zone}")
    assert story.clock(at) == f"02:30 {zone}"
