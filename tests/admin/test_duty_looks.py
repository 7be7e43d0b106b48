"""A template for our own people is looked at, counted and tried as the letter that goes to them."""

import pytest
from django.conf import Settings
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse

from messaging.channels import sms_units
from messaging.models import Template
from tests.factories import TemplateFactory, TemplateVariantFactory

LINK = "https://status.example.com/d/example/"


@pytest.fixture
def template(settings: Settings) -> Template:
    settings.PUBLIC_BASE_URL = "https://status.example.com"
    settings.TWILIO_FROM = "Example"  # nobody can answer it, so notices say how to leave
    template = TemplateFactory(slug="duty_call", stage="duty_call")
    TemplateVariantFactory(
        template=template,
        language="en",
        subject="Due: {{ what }}{% if can_reply %} (reply){% endif %}",
        body="**{{ why }}**{% if components %} {{ components }}{% endif %}",
        sms_text="Please answer.",
    )
    return template


def panes(client: Client, template: Template, **chosen: str):
    address = reverse("admin:messaging_template_preview", args=[template.pk])
    mail = {"look0-channel": "email", "look1-channel": "sms"}
    return client.post(address, mail | chosen).context["looks"].panes


def test_it_has_the_layout_and_the_button_of_the_letter_and_nothing_to_leave(
    lead_client: Client, template: Template
) -> None:
    shown, text = (pane.look for pane in panes(lead_client, template))

    assert shown.subject == "Due: Promised update"
    assert f'<a href="{LINK}"' in shown.html
    assert "Answer now" in shown.html
    assert "unsubscribe" not in shown.html + shown.text
    assert "Sign-in" not in shown.text
    assert text.parts == [f"Please answer. {LINK}"]


def test_a_letter_that_asks_nothing_back_leads_to_the_room(
    lead_client: Client, template: Template
) -> None:
    Template.objects.update(stage="duty_holding")

    assert "To the incident room" in panes(lead_client, template)[0].look.text


def test_what_nobody_has_written_is_said_in_the_words_that_come_with_the_product(
    lead_client: Client, template: Template
) -> None:
    template.variants.update(sms_text="")

    assert "Promised update is due" in panes(lead_client, template)[1].look.sms_text


def test_the_test_is_the_letter_too(lead_client: Client, template: Template, lead: User) -> None:
    lead.email = "lea@corp.example"
    lead.save()

    panes(lead_client, template, _test="look0")

    (sent,) = mail.outbox
    assert sent.subject == "[TEST] Due: Promised update"
    assert f"{LINK}" in sent.body
    assert "unsubscribe" not in sent.body


def test_its_text_is_counted_as_it_goes_out(lead_client: Client, template: Template) -> None:
    given = {"name": "sms_text", "language": "en", "detail": "public", "stage": "duty_call"}
    count = reverse("admin:messaging_templatevariant_count")

    said = lead_client.post(count, given | {"text": "Please answer."}).json()["said"]
    wrong = lead_client.post(count, given | {"text": "{{ nonsense }}"}).json()

    text = f"Please answer. {LINK}"
    assert f"{sms_units.segments(text)} message · {len(text)} characters" in said
    assert "nonsense" in wrong["error"]
