"""Every page of the admin can be looked at."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import models
from django.test import Client, RequestFactory
from django.urls import reverse
from django_twilio.models import Caller, Credential

from audiences.models import (
    BulkChange,
    ClosedDay,
    ComponentUse,
    ConsentEvent,
    ContactImport,
    Erasure,
    SupportHours,
    SupportWay,
)
from feedback.models import Response, Tag
from incidents.models import (
    Approval,
    Blackout,
    Commitment,
    ComponentGroup,
    Drill,
    DutyCall,
    Improvement,
    Incident,
    MaintenanceSeries,
    PlanReview,
    Postmortem,
    Promise,
    Update,
)
from incidents.services import incidents
from messaging.models import Brand, Circuit, Delivery, DeliveryEvent, HouseWord, RateLimit
from messaging.services import leases
from tests.factories import (
    NOON,
    AccountFactory,
    ContactFactory,
    DutyFactory,
    QuestionFactory,
    ResponderFactory,
    SegmentFactory,
    SurveyRoundFactory,
)

HOUR = timedelta(hours=1)
OURS = ("audiences", "messaging", "feedback", "incidents")
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
# There is one row, and its page in place of a list.
LISTED = [model for model in REGISTERED if model is not Brand]
# They have no page of their own: they are part of their plan's, incident's, update's or way's,
# what health and metrics are read from, or what a public form left for a worker.
WITHOUT_PAGE = {
    "audiences.ContactAlias",
    "audiences.SignUp",
    "audiences.SupportHours",
    "feedback.Question",
    "feedback.Reply",
    "feedback.UsedLink",
    "incidents.CommitmentMove",
    "incidents.IncidentComponent",
    "incidents.LeadTime",
    "incidents.MaintenanceOccurrence",
    "incidents.ScheduleChange",
    "incidents.Rhythm",
    "incidents.Absence",
    "messaging.Amendment",
    "incidents.Handover",
    "incidents.OnCallHours",
    "incidents.UpdateComponent",
    "messaging.Heartbeat",
    "messaging.Tally",
    "messaging.Logo",
    # On its template's page of earlier words.
    "messaging.TemplateRevision",
}


def name_of(model: type[models.Model]) -> str:
    return model._meta.label_lower.replace(".", "_")


@pytest.fixture
def everything(answered: Response, said: Update, draft: Incident, opted_out: object) -> None:
    """At least one row of every model."""
    incidents.open(incident=draft, by=draft.lead, now=NOON)
    draft.refresh_from_db()
    ComponentUse.objects.create(account=AccountFactory(), component="checkout")
    ConsentEvent.objects.create(contact=opted_out, purpose="notice", kind="given", source="self")
    ContactImport.objects.create(name="people.csv", file="none")
    Erasure.objects.create(size=1, requested_at=NOON)
    BulkChange.objects.create(title="Set the tier", size=1, requested_at=NOON)
    ComponentGroup.objects.create(name="Platform")
    Group.objects.create(name="Support")
    delivery = Delivery.objects.get()
    DeliveryEvent.objects.create(delivery=delivery, source="test", event_key="1", kind="delivered")
    DutyFactory(plan=draft.plan)
    ResponderFactory(user=draft.lead)
    DutyCall.objects.create(
        about="promise", object_id=1, rung=0, incident=draft, user=draft.lead, called_at=NOON
    )
    SurveyRoundFactory()
    Postmortem.objects.create(incident=draft, due_at=NOON)
    Commitment.objects.create(
        incident=draft, text={"en": "A credit"}, owner=draft.lead, due_on=NOON.date()
    )
    words = QuestionFactory(version=answered.invitation.version, kind="text", position=1)
    answered.answers.create(question=words, text="Too late.")
    Tag.objects.create(name="Late")
    Improvement.objects.create(plan=draft.plan, text={"en": "We write sooner."})
    PlanReview.objects.create(plan=draft.plan, reviewer=draft.lead, due_on=NOON.date())
    Circuit.objects.create(channel="sms", because="no money", retry_at=NOON)
    RateLimit.objects.create(channel="email", per_second=14)
    HouseWord.objects.create(word="Hydra")
    Brand.objects.create()
    leases.take(channel="email")
    Drill.objects.create(incident=draft, held_by=draft.lead)
    Promise.objects.create(incident=draft, update=said, made_at=NOON, due_at=NOON + HOUR)
    Approval.objects.create(
        update=said, fingerprint="-", requested_at=NOON, expires_at=NOON, decision="approved"
    )
    way = SupportWay.objects.create(name={"en": "Phone"}, address="+49 341 5550100")
    SupportHours.objects.create(way=way, weekday=0, opens_at="08:00", closes_at="18:00")
    ClosedDay.objects.create(way=way, closed_on=NOON.date())
    Blackout.objects.create(name="Season", starts_at=NOON, ends_at=NOON + timedelta(days=1))
    MaintenanceSeries.objects.create(
        rule="FREQ=DAILY", first_at=NOON, duration=timedelta(hours=1), lead=draft.lead
    )


def test_every_model_of_ours_is_registered() -> None:
    ours = {model for label in OURS for model in apps.get_app_config(label).get_models()}
    without_page = {model._meta.label for model in ours - set(REGISTERED)}

    assert without_page == WITHOUT_PAGE


def test_models_that_show_tokens_are_not_there() -> None:
    assert Credential not in admin.site._registry
    assert Caller not in admin.site._registry


@pytest.mark.slow(reason="every list, of rows that are made once")
def test_the_list_shows_its_rows(
    everything: None, lead_client: Client, subtests: pytest.Subtests
) -> None:
    for model in LISTED:
        with subtests.test(model=name_of(model)):
            listed = lead_client.get(reverse(f"admin:{name_of(model)}_changelist"))

            assert listed.context["cl"].result_count > 0


def test_the_list_can_be_searched(
    everything: None, lead: User, rf: RequestFactory, subtests: pytest.Subtests
) -> None:
    request = rf.get("/admin/")
    request.user = lead
    for model in LISTED:
        with subtests.test(model=name_of(model)):
            model_admin = admin.site._registry[model]
            rows = model._default_manager.all()

            found, _has_duplicates = model_admin.get_search_results(request, rows, "no such words")

            assert model_admin.search_fields
            assert not found.exists()


@pytest.mark.parametrize("model", REGISTERED, ids=name_of)
def test_the_add_page_opens_where_adding_makes_sense(
    model: type[models.Model], lead_client: Client
) -> None:
    page = lead_client.get(reverse(f"admin:{name_of(model)}_add"))

    assert page.status_code == (200 if name_of(model) in ADDABLE else 403)


@pytest.mark.slow(reason="every page, of rows that are made once")
def test_the_page_of_a_row_opens(
    everything: None, lead_client: Client, subtests: pytest.Subtests
) -> None:
    for model in REGISTERED:
        with subtests.test(model=name_of(model)):
            row = model._default_manager.all()[:1].get()
            address = reverse(f"admin:{name_of(model)}_change", args=[row.pk])

            assert lead_client.get(address, follow=True).status_code == 200


ADDABLE = {
    "audiences_account",
    "audiences_componentuse",
    "audiences_closedday",
    "audiences_contact",
    "audiences_contactimport",
    "audiences_segment",
    "audiences_subscription",
    "audiences_supportway",
    "audiences_suppression",
    "incidents_blackout",
    "incidents_improvement",
    "incidents_maintenanceseries",
    "auth_group",
    "auth_user",
    "feedback_surveyversion",
    "feedback_tag",
    "incidents_commitment",
    "incidents_component",
    "incidents_componentgroup",
    "incidents_drill",
    "incidents_duty",
    "incidents_incident",
    "incidents_plan",
    "incidents_planreview",
    "incidents_planstep",
    "incidents_postmortem",
    "incidents_responder",
    "messaging_brand",
    "messaging_houseword",
    "messaging_ratelimit",
    "messaging_template",
    "messaging_templatevariant",
}


def test_a_long_list_is_short_on_its_way(lead_client: Client) -> None:
    ContactFactory.create_batch(50)
    address = reverse("admin:audiences_contact_changelist")

    whole = lead_client.get(address).content
    packed = lead_client.get(address, headers={"accept-encoding": "gzip"})

    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(whole) / 8


def test_the_button_that_deletes_is_there_once(lead_client: Client) -> None:
    segment = SegmentFactory()

    page = lead_client.get(reverse("admin:audiences_segment_change", args=[segment.pk]))

    address = reverse("admin:audiences_segment_delete", args=[segment.pk])
    assert page.content.decode().count(f'href="{address}"') == 1
    assert "Delete segment" in page.content.decode()
