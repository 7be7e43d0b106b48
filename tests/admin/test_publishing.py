"""Writing an update, looking at who gets it, publishing it, saying that it is over."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from incidents.models import Incident, Update
from tests.admin.desk import form_of, page
from tests.pages import form_on


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
    assert review.promises
    assert not Update.objects.exists()


def test_the_check_names_the_languages_and_what_the_texts_cost(
    lead_client: Client, opened: Incident
) -> None:
    answer = lead_client.post(page("publish", opened), form_of(opened))

    row = answer.context["review"].now[0]
    assert row.languages == [("English", 2), ("German", 1)]
    assert row.price == "0.08 EUR"
    assert "SMS: about 0.08 EUR" in answer.content.decode()


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
        (
            {"next_update": "at", "next_update_at_0": "2099-01-01", "next_update_at_1": "10:00"},
            "next_update_at",
            "more than 30 days ahead",
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


def test_going_on_again_with_services_that_work_is_questioned(
    lead_client: Client, opened: Incident
) -> None:
    field = f"component_{opened.components.get().pk}"
    over = form_of(opened, status="resolved", _publish="1", **{field: "operational"})
    lead_client.post(page("resolve", opened), over)
    again = form_of(opened, status="investigating", **{field: "operational"})

    review = lead_client.post(page("publish", opened), again).context["review"]
    hurt = lead_client.post(page("publish", opened), {**again, field: "partial_outage"})

    assert "Checkout" in str(review.warnings[0])
    assert not hurt.context["review"].warnings


def test_a_double_click_tells_everybody_once(lead_client: Client, opened: Incident) -> None:
    typed = form_of(opened) | {"_publish": "1"}

    lead_client.post(page("publish", opened), typed)
    again = lead_client.post(page("publish", opened), typed)

    assert Update.objects.count() == 1
    assert again.status_code == 200


def test_an_outdated_form_shows_the_newer_update_and_keeps_the_text(
    lead_client: Client, opened: Incident
) -> None:
    stale = lead_client.get(page("publish", opened)).context["form"]["after"].value()
    over = form_of(opened, status="resolved", public_text_en="It works again.")
    lead_client.post(page("resolve", opened), over | {"_publish": "1"})
    late = form_of(opened, public_text_en="Still looking.", after=str(stale))

    refused = lead_client.post(page("publish", opened), late | {"_publish": "1"})

    incident, newer = Incident.objects.get(), Update.objects.get()
    words = refused.content.decode()
    assert incident.status == "resolved"
    assert "It works again." in words
    assert "Still looking." in words
    assert refused.context["form"].non_field_errors()
    assert f'<input type="hidden" name="after" value="{newer.pk}"' in words


def test_after_looking_the_author_may_publish_again(lead_client: Client, opened: Incident) -> None:
    lead_client.post(page("publish", opened), form_of(opened) | {"_publish": "1"})
    second = form_of(opened, public_text_en="And more.") | {"_publish": "1"}
    seen = lead_client.post(page("publish", opened), second).context["form"]["after"].value()

    lead_client.post(page("publish", opened), second | {"after": str(seen)})

    assert [update.public_text["en"] for update in Update.objects.order_by("pk")] == [
        "We found the cause.",
        "And more.",
    ]


@pytest.fixture
def checked(lead_client: Client, opened: Incident) -> dict[str, str]:
    """What the check page sends at ten past, when half an hour is promised."""
    ten_past = timezone.now().replace(minute=10, second=30, microsecond=0) - timedelta(hours=3)
    opened.set_clock(story=ten_past, now=timezone.now(), speed=0)
    return dict(lead_client.post(page("publish", opened), form_of(opened)).context["typed"])


def test_the_promise_that_was_looked_at_is_the_one_published(
    lead_client: Client, opened: Incident, checked: dict[str, str]
) -> None:
    later = opened.story_time(timezone.now()) + timedelta(minutes=7)
    opened.set_clock(story=later, now=timezone.now(), speed=0)

    lead_client.post(page("publish", opened), checked | {"_publish": "1"})

    assert Update.objects.get().next_update_due_at.minute == 45


def test_a_promise_that_passed_during_the_check_is_not_published(
    lead_client: Client, opened: Incident, checked: dict[str, str]
) -> None:
    later = opened.story_time(timezone.now()) + timedelta(minutes=50)
    opened.set_clock(story=later, now=timezone.now(), speed=0)

    answer = lead_client.post(page("publish", opened), checked | {"_publish": "1"})

    assert "has passed" in answer.context["form"].errors["next_update"][0]
    assert not Update.objects.exists()


def test_the_check_is_read_before_publishing(lead_client: Client, opened: Incident) -> None:
    typed = form_of(opened, public_text_de="Ups, db-prod-03 hakt. Wir prüfen das.")

    answer = lead_client.post(page("publish", opened), typed)

    found = dict(answer.context["review"].findings)
    assert {remark.quote for remark in found["German"]} >= {"Ups", "db-prod-03"}
    assert "<q>db-prod-03</q>" in answer.content.decode()


def test_what_the_plan_binds_is_said_and_not_published(
    lead_client: Client, opened: Incident
) -> None:
    plan = opened.plan
    assert plan
    plan.binding_rules = ["joke"]
    plan.save()
    typed = form_of(opened, public_text_de="Ups, es hakt. Wir prüfen das.")

    review = lead_client.post(page("publish", opened), typed).context["review"]
    answer = lead_client.post(page("publish", opened), typed | {"_publish": "1"})

    assert [one.quote for one in dict(review.findings)["German"] if one.is_binding] == ["Ups"]
    assert "Ups" in str(answer.context["form"].errors["public_text"])
    assert not Update.objects.exists()


def test_facts_change_along_with_an_update_and_are_shown_before(
    lead_client: Client, opened: Incident
) -> None:
    typed = form_of(opened, scope_en="Shops in the EU.", systems_en="Hydra")

    review = lead_client.post(page("publish", opened), typed).context["review"]
    lead_client.post(page("publish", opened), typed | {"_publish": "1"})

    told = [fact.name for fact in review.facts]
    assert told == ["what customers notice", "who is affected", "workaround", "systems behind it"]
    incident = Incident.objects.get()
    assert (incident.scope, incident.systems) == ({"en": "Shops in the EU."}, {"en": "Hydra"})


def test_a_technical_name_in_a_fact_for_customers_is_refused_in_its_place(
    lead_client: Client, opened: Incident
) -> None:
    typed = form_of(opened, effect_en="Hydra is away.", systems_en="Hydra")

    form = lead_client.post(page("publish", opened), typed).context["form"]

    assert "“Hydra”" in form.errors["effect"][0]


@pytest.fixture
def meanwhile(lead_client: Client, opened: Incident) -> dict[str, str]:
    """An update form, open while somebody else puts facts and a service right."""
    shown = form_on(lead_client.get(page("publish", opened)).content.decode())
    opened.affected.update(status="major_outage")
    Incident.objects.update(effect={"en": "You see an error."}, scope={"en": "Everybody."})
    words = {"public_text_en": "Hm.", "public_text_de": "Hm.", "next_update": "30"}
    return {name: values[-1] for name, values in shown.items()} | words


def test_what_was_put_right_while_a_form_was_open_stays(
    lead_client: Client, opened: Incident, meanwhile: dict[str, str]
) -> None:
    lead_client.post(page("publish", opened), meanwhile | {"_publish": "1", "cause_en": "Rain."})

    opened.refresh_from_db()
    assert opened.effect == {"en": "You see an error."}
    assert opened.cause == {"en": "Rain."}
    assert opened.affected.get().status == "major_outage"


@pytest.mark.parametrize("field", ["scope_en", "component"])
def test_what_two_people_change_is_asked_about_once(
    lead_client: Client, opened: Incident, meanwhile: dict[str, str], field: str
) -> None:
    component = opened.components.get()
    name, typed = {
        "scope_en": ("scope_en", "A few."),
        "component": (f"component_{component.pk}", "operational"),
    }[field]
    answer = lead_client.post(page("publish", opened), meanwhile | {name: typed, "_publish": "1"})
    asked = form_on(answer.content.decode())

    assert "Somebody has changed this" in answer.content.decode()
    assert not Update.objects.exists()
    again = {name: values[-1] for name, values in asked.items()}
    assert again[name] == typed
    lead_client.post(page("publish", opened), again | {"_publish": "1"})
    opened.refresh_from_db()
    assert typed in (opened.scope.get("en"), opened.affected.get().status)
