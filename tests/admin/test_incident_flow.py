"""One incident, led through the admin alone."""

import html
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audiences.models import Subscription
from incidents.models import Component, Incident, Plan, TimelineEntry, Update
from incidents.services import incidents, release
from messaging.models import Broadcast

State = TimelineEntry.State


def page(name: str, incident: Incident, *more: object) -> str:
    return reverse(f"admin:incidents_incident_{name}", args=[incident.pk, *more])


def form_of(incident: Incident, **changes: str) -> dict[str, str]:
    """What the publish form sends; `changes` is what the manager typed."""
    component = incident.components.get()
    return {
        "status": "identified",
        "public_text_en": "We found the cause.",
        "public_text_de": "Wir kennen die Ursache.",
        "technical_text_en": "",
        "technical_text_de": "",
        "effect_en": "Paying fails.",
        "effect_de": "",
        "workaround_en": "Pay by invoice.",
        "workaround_de": "",
        "next_update": "30",
        "next_update_at_0": "",
        "next_update_at_1": "",
        f"component_{component.pk}": "partial_outage",
        **changes,
    }


@pytest.fixture
def opened(draft: Incident, lead: User) -> Incident:
    return incidents.open(incident=draft, by=lead, now=timezone.now())


def test_a_report_becomes_a_draft_and_asks_before_anything_goes_out(
    lead_client: Client, lead: User, checkout: Component, plan: Plan
) -> None:
    form = lead_client.get(reverse("admin:incidents_incident_add")).context["adminform"].form

    answer = lead_client.post(
        reverse("admin:incidents_incident_add"),
        {
            "title_en": "Checkout is down",
            "kind": "incident",
            "mode": "real",
            "lead": lead.pk,
            "started_at_0": "2026-03-02",
            "started_at_1": "13:00:00",
            "affected-TOTAL_FORMS": 1,
            "affected-INITIAL_FORMS": 0,
            "affected-0-component": checkout.pk,
            "affected-0-status": "major_outage",
            "_save": "",
        },
    )

    incident = Incident.objects.get()
    assert form.initial["lead"] == str(lead.pk)
    assert answer.url == page("open", incident)
    assert incident.is_draft
    assert incident.affected.get().status == "major_outage"
    assert not Broadcast.objects.exists()


def test_a_maintenance_needs_exact_times(lead_client: Client) -> None:
    answer = lead_client.post(
        reverse("admin:incidents_incident_add"),
        {
            "title_en": "Database move",
            "kind": "maintenance",
            "mode": "real",
            "started_at_0": "2026-03-02",
            "started_at_1": "13:00:00",
            "affected-TOTAL_FORMS": 0,
            "affected-INITIAL_FORMS": 0,
        },
    )

    errors = answer.context["adminform"].form.errors
    assert set(errors) == {"scheduled_for", "scheduled_until"}
    assert not Incident.objects.exists()


def test_a_maintenance_is_saved_as_scheduled(lead_client: Client) -> None:
    lead_client.post(
        reverse("admin:incidents_incident_add"),
        {
            "title_en": "Database move",
            "kind": "maintenance",
            "mode": "real",
            "started_at_0": "2026-03-02",
            "started_at_1": "13:00:00",
            "scheduled_for_0": "2026-03-09",
            "scheduled_for_1": "22:00:00",
            "scheduled_until_0": "2026-03-10",
            "scheduled_until_1": "01:00:00",
            "affected-TOTAL_FORMS": 0,
            "affected-INITIAL_FORMS": 0,
            "_save": "",
        },
    )

    assert Incident.objects.get().status == "scheduled"


def test_the_confirmation_page_says_who_will_be_told_and_writes_nothing(
    lead_client: Client, draft: Incident
) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = lead_client.get(page("open", draft))

    opening = answer.context["opening"]
    told = [(row.step.name, dict(row.counts)) for row in opening.rows if row.step.template]
    both = {"email": 2, "sms": 1}
    assert told == [("First notice", both), ("Holding", both), ("Holding", both)]
    assert dict(opening.at_once) == {"E-mail": 2, "SMS": 1}
    assert [row.step.name for row in opening.later] == ["Update", "All-clear"]
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "DELETE"))]
    assert not [query for query in queries if query["sql"].startswith("UPDATE")]
    draft.refresh_from_db()
    assert draft.is_draft


def test_confirming_opens_the_incident_and_leads_to_its_room(
    lead_client: Client, draft: Incident
) -> None:
    answer = lead_client.post(page("open", draft), follow=True)

    draft.refresh_from_db()
    assert draft.opened_at
    assert answer.redirect_chain[-1][0] == page("room", draft)
    assert [row.entry.step.name for row in answer.context["rows"]] == [
        "First notice",
        "Phone the key accounts",
    ]


def test_opening_twice_sends_nothing_twice(lead_client: Client, opened: Incident) -> None:
    before = opened.timeline.count()

    answer = lead_client.post(page("open", opened), follow=True)

    assert "open already" in answer.content.decode()
    assert opened.timeline.count() == before


def test_without_a_fitting_plan_the_page_says_what_to_do(
    lead_client: Client, draft: Incident, plan: Plan
) -> None:
    plan.status = Plan.Status.DRAFT
    plan.save()

    shown = lead_client.get(page("open", draft))
    refused = lead_client.post(page("open", draft))

    draft.refresh_from_db()
    assert "No active plan fits" in shown.content.decode()
    assert "Open and send" not in shown.content.decode()
    assert refused.status_code == 200
    assert draft.is_draft


def test_gaps_are_named_before_opening(lead_client: Client, draft: Incident) -> None:
    draft.title, draft.effect = {"en": "Only English"}, {}
    draft.save()
    draft.affected.all().delete()

    words = lead_client.get(page("open", draft)).content.decode()

    assert "No service is named" in words
    assert "what customers notice" in words
    assert "missing in: de" in words


def test_the_first_words_are_shown_in_every_language(lead_client: Client, draft: Incident) -> None:
    statement = lead_client.get(page("open", draft)).context["opening"].statements[0]

    assert statement.step.name == "First notice"
    assert statement.texts == [("de", "<p>Wir sind dran.</p>\n"), ("en", "<p>We are on it.</p>\n")]


def test_a_statement_that_cannot_be_said_is_seen_before_opening(
    lead_client: Client, draft: Incident, plan: Plan
) -> None:
    plan.steps.filter(trigger="opened").update(statement={"en": "{{ no_such_fact }}"})

    answer = lead_client.get(page("open", draft))

    assert "no_such_fact" in answer.context["opening"].statements[0].error
    assert answer.context["opening"].statements[0].error in html.unescape(answer.content.decode())


def test_an_empty_audience_is_said_aloud(lead_client: Client, draft: Incident) -> None:
    Subscription.objects.all().delete()

    assert "Nobody would be told" in lead_client.get(page("open", draft)).content.decode()


def test_the_languages_of_a_title_are_inputs_of_their_own(lead_client: Client) -> None:
    words = lead_client.get(reverse("admin:incidents_incident_add")).content.decode()

    assert '<input type="text" name="title_de"' in words
    assert '<textarea name="effect_en"' in words
    assert 'x-model.fill="kind"' in words
    assert 'x-model.fill="title"' not in words


def test_a_draft_is_edited_and_an_opened_incident_is_led_from_its_room(
    lead_client: Client, draft: Incident, lead: User
) -> None:
    change = reverse("admin:incidents_incident_change", args=[draft.pk])
    edited = lead_client.get(change)
    incidents.open(incident=draft, by=lead, now=timezone.now())
    led = lead_client.get(change)
    posted = lead_client.post(change, {"title_en": "Silently changed"})

    draft.refresh_from_db()
    assert edited.status_code == 200
    assert led.url == posted.url == page("room", draft)
    assert draft.title["en"] == "Slow logins"


def test_an_opened_incident_cannot_be_deleted(lead_client: Client, opened: Incident) -> None:
    answer = lead_client.post(
        reverse("admin:incidents_incident_delete", args=[opened.pk]), {"post": "yes"}
    )

    assert answer.status_code == 403
    assert Incident.objects.exists()


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


def test_a_broken_promise_shows_in_the_room(lead_client: Client, opened: Incident) -> None:
    now = timezone.now()
    Update.objects.create(
        incident=opened,
        status="investigating",
        public_text={"en": "Soon."},
        published_at=now - timedelta(hours=1),
        next_update_due_at=now - timedelta(minutes=20),
    )

    answer = lead_client.get(page("room", opened))

    assert answer.context["promise"].variant == "danger"
    assert answer.context["promise"].countdown == "20\xa0minutes overdue"


def test_a_room_left_open_does_not_count_the_audience_again(
    lead_client: Client, opened: Incident
) -> None:
    def expected(**headers: str) -> list[tuple[str, int]]:
        rows = lead_client.get(page("room", opened), headers=headers).context["rows"]
        return list(rows[0].expected)

    at_first = expected()
    Subscription.objects.filter(channel="email").delete()

    assert at_first == [("E-mail", 2), ("SMS", 1)]
    assert expected(**{"HX-Request": "true"}) == at_first
    assert expected() == [("E-mail", 0), ("SMS", 1)]


def test_the_room_asks_a_bounded_number_of_questions(
    lead_client: Client, opened: Incident, django_assert_max_num_queries: object
) -> None:
    now = timezone.now()
    for number in range(12):
        Update.objects.create(
            incident=opened,
            status="investigating",
            public_text={"en": f"Update {number}"},
            published_at=now + timedelta(seconds=number),
        )

    with django_assert_max_num_queries(40):  # type: ignore[operator]
        lead_client.get(page("room", opened))


@pytest.fixture
def waiting(opened: Incident, lead: User) -> dict[str, TimelineEntry]:
    """The task and the approval of the plan, both waiting for somebody."""
    component = opened.components.get()
    client = Client()
    client.force_login(lead)
    typed = form_of(opened, status="resolved", **{f"component_{component.pk}": "operational"})
    client.post(page("resolve", opened), typed | {"_publish": "1"})
    release.release_due(now=timezone.now())
    return {entry.step.name: entry for entry in opened.timeline.filter(state=State.WAITING)}


def test_an_approval_sends_the_message(
    lead_client: Client, opened: Incident, waiting: dict[str, TimelineEntry]
) -> None:
    entry = waiting["All-clear"]

    shown = lead_client.get(page("room", opened)).content.decode()
    lead_client.post(page("entries", opened, entry.pk), {"decision": "approve"})

    entry.refresh_from_db()
    assert "Approve and send" in shown
    assert entry.state == State.DONE
    assert entry.broadcast.state == Broadcast.State.SENDING


def test_a_task_is_ticked_off_with_its_outcome(
    lead_client: Client, opened: Incident, waiting: dict[str, TimelineEntry]
) -> None:
    entry = waiting["Phone the key accounts"]

    refused = lead_client.post(
        page("entries", opened, entry.pk), {"decision": "complete", "words": " "}, follow=True
    )
    lead_client.post(
        page("entries", opened, entry.pk), {"decision": "complete", "words": "All three reached"}
    )

    entry.refresh_from_db()
    assert "say in a few words" in refused.content.decode()
    assert (entry.state, entry.note) == (State.DONE, "All three reached")


def test_skipping_needs_a_reason(
    lead_client: Client, opened: Incident, waiting: dict[str, TimelineEntry]
) -> None:
    entry = waiting["All-clear"]

    lead_client.post(page("entries", opened, entry.pk), {"decision": "skip", "words": ""})
    without = TimelineEntry.objects.get(pk=entry.pk).state
    lead_client.post(page("entries", opened, entry.pk), {"decision": "skip", "words": "Said it"})
    late = lead_client.post(page("entries", opened, entry.pk), {"decision": "approve"}, follow=True)

    entry.refresh_from_db()
    assert without == State.WAITING
    assert (entry.state, entry.note) == (State.SKIPPED, "Said it")
    assert "decided in the meantime" in late.content.decode()


def test_a_decision_is_never_made_by_following_a_link(
    lead_client: Client, opened: Incident, waiting: dict[str, TimelineEntry]
) -> None:
    entry = waiting["All-clear"]

    answer = lead_client.get(page("entries", opened, entry.pk), {"decision": "approve"})

    entry.refresh_from_db()
    assert answer.status_code == 405
    assert entry.state == State.WAITING


def test_the_lead_is_handed_over(lead_client: Client, opened: Incident, deputy: User) -> None:
    lead_client.post(page("handover", opened), {"lead": deputy.pk})

    assert Incident.objects.get().lead == deputy
