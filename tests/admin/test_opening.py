"""From a report to the moment customers hear of it."""

import html
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audiences.models import Contact, Segment, Subscription
from incidents.models import Component, Incident, Plan, PlanStep
from incidents.services import incidents
from messaging.models import Broadcast
from tests.admin.desk import page
from tests.factories import PlanFactory, SegmentFactory, SubscriptionFactory


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
    assert told == [("First notice", both), ("Holding", both)]
    [holding] = [row for row in opening.rows if row.step.name == "Holding"]
    assert [one - holding.due_at for one in holding.again] == [timedelta(minutes=30)]
    assert dict(opening.at_once) == {"E-mail": 2, "SMS": 1}
    assert [row.step.name for row in opening.later] == ["Update", "All-clear"]
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "DELETE"))]
    assert not [query for query in queries if query["sql"].startswith("UPDATE")]
    draft.refresh_from_db()
    assert draft.is_draft


def test_a_list_whose_people_are_told_through_another_one_says_so(
    lead_client: Client, draft: Incident, plan: Plan, customers: Segment, bo: Contact
) -> None:
    key, empty = SegmentFactory(name="Key accounts"), SegmentFactory(name="Nobody yet")
    SubscriptionFactory(contact=bo, segment=key)
    plan.steps.get(name="First notice").segments.add(key, empty)

    content = lead_client.get(page("open", draft)).content.decode()

    assert "Shop customers (3), Key accounts (told already through the others)" in content
    assert "Nobody yet (0)" in content


def test_what_the_plan_will_say_has_a_price(lead_client: Client, draft: Incident) -> None:
    answer = lead_client.get(page("open", draft))

    opening = answer.context["opening"]
    prices = {row.step.name: row.price for row in (*opening.rows, *opening.later)}
    assert prices["First notice"] == prices["Holding"] == "0.08 EUR"
    # Nobody has written what it will say.
    assert prices["Phone the key accounts"] == prices["Update"] == ""
    assert "SMS: about 0.08 EUR" in answer.content.decode()


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


def test_what_is_foreseen_becomes_slower_as_the_plan_does(
    lead_client: Client, draft: Incident, plan: Plan
) -> None:
    hour = timedelta(hours=1)
    Plan.objects.update(slower_after=hour, slower_interval=hour)
    PlanStep.objects.filter(trigger="promise_due").update(repeat_limit=4)

    opening = lead_client.get(page("open", draft)).context["opening"]

    [holding] = [row for row in opening.rows if row.step.name == "Holding"]
    after = [(at - holding.due_at) / timedelta(minutes=1) for at in holding.again]
    assert after == [30, 90, 150]


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
    posted = lead_client.post(change, {"title_en": "Changed too late"})
    told = lead_client.get(posted.url).content.decode()

    draft.refresh_from_db()
    assert edited.status_code == 200
    assert led.url == posted.url == page("room", draft)
    assert "Your changes were not saved" in told
    assert draft.title["en"] == "Slow logins"


def test_an_opened_incident_cannot_be_deleted(lead_client: Client, opened: Incident) -> None:
    answer = lead_client.post(
        reverse("admin:incidents_incident_delete", args=[opened.pk]), {"post": "yes"}
    )

    assert answer.status_code == 403
    assert Incident.objects.exists()


def test_only_plans_in_force_are_offered_and_the_one_it_has(
    lead_client: Client, draft: Incident, plan: Plan
) -> None:
    old = PlanFactory(slug=plan.slug, version=7, status=Plan.Status.RETIRED)
    PlanFactory(status=Plan.Status.DRAFT)
    fields = (
        lead_client.get(reverse("admin:incidents_incident_add")).context["adminform"].form.fields
    )
    assert list(fields["plan"].queryset) == [plan]
    Incident.objects.update(plan=old)

    change = reverse("admin:incidents_incident_change", args=[draft.pk])
    fields = lead_client.get(change).context["adminform"].form.fields

    assert set(fields["plan"].queryset) == {plan, old}


def test_whoever_reports_it_has_noticed_it_by_now(lead_client: Client) -> None:
    form = lead_client.get(reverse("admin:incidents_incident_add")).context["adminform"].form

    assert timezone.now() - form.initial["detected_at"] < timedelta(minutes=1)
    assert form.initial["detected_at"] == form.initial["started_at"]


def test_nothing_is_noticed_before_it_begins(lead_client: Client, draft: Incident) -> None:
    answer = lead_client.post(
        reverse("admin:incidents_incident_change", args=[draft.pk]),
        {
            "title_en": "Checkout is down",
            "kind": "incident",
            "started_at_0": "2026-03-02",
            "started_at_1": "13:00:00",
            "detected_at_0": "2026-03-02",
            "detected_at_1": "12:59:00",
            "affected-TOTAL_FORMS": 0,
            "affected-INITIAL_FORMS": 0,
        },
    )

    errors = answer.context["adminform"].form.errors
    assert errors["detected_at"] == ["It cannot be noticed before it begins."]
