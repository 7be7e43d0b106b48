"""Asking a survey from its page: chosen, looked at, confirmed; at once or later; called off."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audiences.admin.pages import address
from audiences.models import Contact, Segment
from feedback.models import SurveyRound, SurveyVersion
from messaging.models import Broadcast, Template
from tests.factories import (
    ContactFactory,
    QuestionFactory,
    SubscriptionFactory,
    SurveyVersionFactory,
    TemplateFactory,
    TemplateVariantFactory,
    UserFactory,
)

State = SurveyRound.State


@pytest.fixture
def version(db: None) -> SurveyVersion:
    version: SurveyVersion = SurveyVersionFactory(open_days=21, title={"en": "How are we doing?"})
    QuestionFactory(version=version, kind="nps")
    for stage in ("survey", "survey_again"):
        TemplateVariantFactory(
            template=TemplateFactory(stage=stage),
            subject="{{ title }}",
            body="{{ question }}",
            sms_text="{{ title }} {{ feedback_url }}",
        )
    return version


@pytest.fixture
def agreed(customers: Segment, ana: Contact) -> Segment:
    """Ana and one more have agreed to be asked; Bo has not."""
    other = ContactFactory(name="Cem Acar", language="de")
    SubscriptionFactory(segment=customers, contact=other)
    Contact.objects.filter(pk__in=[ana.pk, other.pk]).update(feedback_consent_at=timezone.now())
    return customers


def ask_page(version: SurveyVersion) -> str:
    return reverse("admin:feedback_surveyversion_ask", args=[version.pk])


def typed(*segments: Segment, **fields: str) -> dict[str, object]:
    usual = {
        "segments": [one.pk for one in segments],
        "channels": ["sms", "email"],
        "template": Template.objects.get(stage="survey").pk,
        "reminder": Template.objects.get(stage="survey_again").pk,
        "remind_after": "5",
    }
    return usual | fields


def at(moment: datetime) -> dict[str, str]:
    local = timezone.localtime(moment)
    return {"asks_at_0": f"{local:%Y-%m-%d}", "asks_at_1": f"{local:%H:%M:%S}"}


def test_nothing_goes_out_before_it_was_looked_at_and_confirmed(
    lead_client: Client, version: SurveyVersion, agreed: Segment, lead: User
) -> None:
    looked = lead_client.post(ask_page(version), typed(agreed, _check="1"))

    mail, text = looked.context["preview"].channels
    assert (mail.people, dict(mail.languages)) == (2, {"German": 2})
    assert [name for name, _page in mail.sample] == ["Ana Weber", "Cem Acar"]
    assert mail.left_out == [("have not agreed to be asked", 1)]
    assert text.people == 0
    assert "How are we doing?" in looked.content.decode()
    assert not SurveyRound.objects.exists()

    lead_client.post(ask_page(version), typed(agreed, _send="1"))

    started = SurveyRound.objects.get()
    assert (started.state, started.created_by) == (State.ASKED, lead)
    assert started.channels == ["email", "sms"]
    assert started.reminds_at == started.asks_at + timedelta(days=5)
    assert Broadcast.objects.get().state == Broadcast.State.SENDING


def test_what_text_messages_cost_is_said_beforehand(
    lead_client: Client, version: SurveyVersion, agreed: Segment
) -> None:
    Contact.objects.update(feedback_consent_at=timezone.now())

    looked = lead_client.post(ask_page(version), typed(agreed, channels="sms"))

    assert looked.context["preview"].price == "0.08 EUR"


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"segments": []}, "segments", "Choose at least one segment"),
        ({"channels": []}, "channels", "Choose at least one channel"),
        ({"remind_after": "21"}, "remind_after", "closes after 21 days"),
        ({"remind_after": ""}, "remind_after", "Say after how many days"),
        ({"asks_at_0": "2020-01-01", "asks_at_1": "10:00"}, "asks_at", "This time is over"),
        ({"asks_at_0": "2120-01-01", "asks_at_1": "10:00"}, "asks_at", "at most 366 days"),
        ({"template": ""}, "template", "stage “survey”"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(
    lead_client: Client,
    version: SurveyVersion,
    agreed: Segment,
    fields: dict[str, str],
    field: str,
    words: str,
) -> None:
    refused = lead_client.post(ask_page(version), typed(agreed, **{"_send": "1", **fields}))

    assert words in refused.context["form"].errors[field][0]
    assert not SurveyRound.objects.exists()


def test_nobody_is_asked_where_nobody_agreed(
    lead_client: Client, version: SurveyVersion, customers: Segment
) -> None:
    refused = lead_client.post(ask_page(version), typed(customers, _send="1"))

    assert "Nobody would be asked" in refused.content.decode()
    assert not SurveyRound.objects.exists()


def test_what_is_planned_is_named_on_the_page_and_can_be_cancelled(
    lead_client: Client, version: SurveyVersion, agreed: Segment
) -> None:
    later = timezone.now() + timedelta(days=2)
    lead_client.post(ask_page(version), typed(agreed, **at(later), _send="1"))
    planned = SurveyRound.objects.get()
    assert planned.state == State.PLANNED

    again = lead_client.post(ask_page(version), typed(agreed, _send="1"))
    assert "A round is planned" in again.context["form"].errors["segments"][0]
    survey = lead_client.get(address(version)).content.decode()
    assert address(planned) in survey

    lead_client.post(reverse("admin:feedback_surveyround_cancel", args=[planned.pk]))

    planned.refresh_from_db()
    assert planned.state == State.CANCELLED
    assert not Broadcast.objects.exists()


def test_a_template_that_cannot_be_filled_is_named_before_anything_goes_out(
    lead_client: Client, version: SurveyVersion, agreed: Segment
) -> None:
    variant = Template.objects.get(stage="survey_again").variants.get()
    variant.body = "{{ status }}"
    variant.save()

    refused = lead_client.post(ask_page(version), typed(agreed, _check="1"))

    assert "{{ status }}" in refused.context["form"].non_field_errors()[0]


def test_whoever_may_not_see_contacts_reads_numbers_alone(
    version: SurveyVersion, agreed: Segment
) -> None:
    asker = UserFactory(is_staff=True)
    names = ["add_surveyround", "view_surveyversion"]
    asker.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(asker)

    looked = client.post(ask_page(version), typed(agreed, _check="1"))

    (mail, _text) = looked.context["preview"].channels
    assert (mail.people, mail.sample) == (2, [])


def test_whoever_may_only_read_surveys_asks_nobody(version: SurveyVersion, agreed: Segment) -> None:
    reader = UserFactory(is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(reader)

    assert client.post(ask_page(version), typed(agreed, _send="1")).status_code == 403
    assert "Ask now" not in client.get(address(version)).content.decode()


def test_a_draft_is_asked_of_nobody(lead_client: Client, version: SurveyVersion) -> None:
    SurveyVersion.objects.update(status="draft")

    assert lead_client.get(ask_page(version)).status_code == 403


def test_of_an_anonymous_survey_nobody_is_reminded(
    lead_client: Client, version: SurveyVersion, agreed: Segment
) -> None:
    SurveyVersion.objects.update(is_anonymous=True)

    lead_client.post(ask_page(version), typed(agreed, _send="1"))

    assert SurveyRound.objects.get().reminds_at is None
