"""Writing an update, looking at who gets it, publishing it, saying that it is over."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from incidents.models import Incident, Update
from tests.admin.desk import form_of, page


def test_the_publish_form_proposes_the_rhythm_of_the_plan(
    lead_client: Client, opened: Incident
) -> None:
    form = lead_client.get(page("publish", opened)).context["form"]

    minutes = [value for value, _label in form.fields["next_update"].choices]
    assert minutes == ["15", "30", "60", "at"]
    assert form["next_update"].value() == "30"
    assert form["status"].value() == "investigating"
    assert "postmortem" not in dict(form.fields["status"].choices)


def test_publishing_first_shows_who_gets_it(lead_client: Client, opened: Incident) -> None:
    answer = lead_client.post(page("publish", opened), form_of(opened))

    review = answer.context["review"]
    assert [row.step.name for row in review.now] == ["Update"]
    assert dict(review.reach) == {"E-mail": 2, "SMS": 1}
    assert review.promise
    assert not Update.objects.exists()


def test_publishing_stores_text_promise_and_facts(
    lead_client: Client, opened: Incident, lead: User
) -> None:
    component = opened.components.get()
    typed = form_of(opened, **{f"component_{component.pk}": "degraded_performance"})

    answer = lead_client.post(page("publish", opened), typed | {"_publish": "1"}, follow=True)

    update, incident = Update.objects.get(), Incident.objects.get()
    assert update.public_text["de"] == "Wir kennen die Ursache."
    assert update.published_by == lead
    assert update.next_update_due_at.minute % 5 == 0
    ahead = update.next_update_due_at - update.published_at
    assert timedelta(minutes=30) <= ahead < timedelta(minutes=35)
    assert incident.status == "identified"
    assert incident.workaround == {"en": "Pay by invoice."}
    assert incident.affected.get().status == "degraded_performance"
    assert answer.context["promise"].variant == "success"
    assert "We found the cause." in answer.content.decode()


def test_going_back_from_the_check_keeps_what_was_typed(
    lead_client: Client, opened: Incident
) -> None:
    answer = lead_client.post(page("publish", opened), form_of(opened) | {"_edit": "1"})

    assert "review" not in answer.context
    assert "Wir kennen die Ursache." in answer.content.decode()
    assert not Update.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"public_text_en": "", "public_text_de": " "}, "public_text", "at least one language"),
        ({"next_update": ""}, "next_update", "when the next update comes"),
        ({"next_update": "at"}, "next_update_at", "when the next update comes"),
        (
            {"next_update": "at", "next_update_at_0": "2026-01-01", "next_update_at_1": "10:00"},
            "next_update_at",
            "has passed",
        ),
        ({"status": "completed"}, "status", "not one of the available choices"),
    ],
)
@pytest.mark.parametrize("button", ["_review", "_publish"])
def test_what_is_missing_is_said_at_its_place_and_nothing_typed_is_lost(
    lead_client: Client,
    opened: Incident,
    changes: dict[str, str],
    field: str,
    message: str,
    button: str,
) -> None:
    typed = form_of(opened, technical_text_en="Node 3 is gone.") | changes

    answer = lead_client.post(page("publish", opened), typed | {button: "1"})

    assert message in answer.context["form"].errors[field][0]
    assert "Node 3 is gone." in answer.content.decode()
    assert not Update.objects.exists()


def test_a_draft_cannot_be_published(lead_client: Client, draft: Incident) -> None:
    answer = lead_client.get(page("publish", draft), follow=True)

    assert "Open the incident before" in answer.content.decode()


def test_resolving_proposes_that_everything_works_again(
    lead_client: Client, opened: Incident
) -> None:
    form = lead_client.get(page("resolve", opened)).context["form"]
    component = opened.components.get()

    assert form["status"].value() == "resolved"
    assert form[f"component_{component.pk}"].value() == "operational"


def test_resolving_needs_no_promise_and_ends_the_incident(
    lead_client: Client, opened: Incident
) -> None:
    component = opened.components.get()
    typed = form_of(
        opened,
        status="resolved",
        next_update="30",
        **{f"component_{component.pk}": "operational"},
    )

    review = lead_client.post(page("resolve", opened), typed).context["review"]
    lead_client.post(page("resolve", opened), typed | {"_publish": "1"})

    incident = Incident.objects.get()
    assert {row.step.name for row in review.now} == {"Update", "All-clear"}
    assert incident.is_over
    assert Update.objects.get().next_update_due_at is None
    assert not review.warnings


def test_resolving_with_a_broken_service_is_questioned(
    lead_client: Client, opened: Incident
) -> None:
    typed = form_of(opened, status="resolved")

    review = lead_client.post(page("resolve", opened), typed).context["review"]

    assert "Checkout" in str(review.warnings[0])
