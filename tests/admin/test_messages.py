from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from audiences.models import Contact
from messaging import check
from messaging.admin.preview import sample_facts
from messaging.check.stages import CAUSE_UNKNOWN
from messaging.models import Broadcast, Template
from messaging.services import placeholders
from tests.factories import (
    BroadcastFactory,
    DeliveryFactory,
    TemplateFactory,
    TemplateVariantFactory,
)


def test_a_preview_shows_the_message_with_made_up_facts(lead_client: Client) -> None:
    variant = TemplateVariantFactory(
        subject="{{ title }}", body="{{ salutation }}\n\n{{ update }}", sms_text="{{ update }}"
    )

    answer = lead_client.get(
        reverse("admin:messaging_template_preview", args=[variant.template_id])
    )

    mail, sms = (pane.look for pane in answer.context["looks"].panes)
    assert mail.subject == "Delayed sign-in"
    assert "Hello Ana Example," in mail.text
    assert "MERGE" not in mail.html
    assert "We have found the cause" in sms.sms_text


def test_a_broken_variant_does_not_break_the_preview(lead_client: Client) -> None:
    variant = TemplateVariantFactory(body="{{ nothing_like_that }}")

    answer = lead_client.get(
        reverse("admin:messaging_template_preview", args=[variant.template_id])
    )

    assert "nothing_like_that" in answer.content.decode()


def test_a_template_without_words_says_what_to_add(lead_client: Client) -> None:
    empty = TemplateFactory()

    answer = lead_client.get(reverse("admin:messaging_template_preview", args=[empty.pk]))

    assert "add one for each language" in answer.content.decode()


def test_an_unknown_placeholder_is_refused_on_save(lead_client: Client) -> None:
    answer = lead_client.post(
        reverse("admin:messaging_template_add"),
        {
            "name": "New",
            "slug": "new",
            "stage": "update",
            "variants-TOTAL_FORMS": 1,
            "variants-INITIAL_FORMS": 0,
            "variants-0-language": "en",
            "variants-0-detail": "public",
            "variants-0-subject": "{{ titel }}",
            "variants-0-body": "Hello",
        },
    )

    formset = answer.context["inline_admin_formsets"][0].formset
    assert "titel" in formset.errors[0]["subject"][0]
    assert not Template.objects.exists()


@pytest.fixture
def sending(db: None) -> Broadcast:
    return DeliveryFactory(broadcast=BroadcastFactory()).broadcast


def direct(client: Client, broadcast: Broadcast, how: str, **form: str) -> Broadcast:
    client.post(reverse(f"admin:messaging_broadcast_{how}", args=[broadcast.pk]), form)
    return Broadcast.objects.get()


def test_a_broadcast_is_paused_with_a_reason_resumed_and_cancelled(
    lead_client: Client, sending: Broadcast
) -> None:
    refused = direct(lead_client, sending, "pause").state
    paused = direct(lead_client, sending, "pause", reason="Wrong link")
    resumed = direct(lead_client, sending, "resume").state
    cancelled = direct(lead_client, sending, "cancel").state

    assert refused == "sending"
    assert (paused.state, paused.pause_reason) == ("paused", "Wrong link")
    assert (resumed, cancelled) == ("sending", "cancelled")


def test_resuming_promises_only_what_will_go_out(lead_client: Client, ana: Contact) -> None:
    began = timezone.now()
    old = BroadcastFactory(thread="story", started_at=began - timedelta(hours=1), state="paused")
    new = BroadcastFactory(thread="story", started_at=began)
    for one in (old, new):
        DeliveryFactory(broadcast=one, contact=ana)
    DeliveryFactory(broadcast=old)

    shown = lead_client.get(reverse("admin:messaging_broadcast_resume", args=[old.pk]))

    assert shown.context["consequences"] == [
        "1 message will go out.",
        "1 message will not: newer news of the same story replaces it.",
    ]


def test_a_finished_broadcast_is_left_alone(lead_client: Client, sending: Broadcast) -> None:
    Broadcast.objects.update(state="finished")

    answer = lead_client.post(
        reverse("admin:messaging_broadcast_cancel", args=[sending.pk]), follow=True
    )

    assert Broadcast.objects.get().state == "finished"
    assert "has moved on" in answer.content.decode()
    assert [one["title"] for one in answer.context["actions_detail"]] == ["As it was read"]


def test_the_history_says_who_paused_resumed_and_cancelled(
    lead_client: Client, lead: User, sending: Broadcast
) -> None:
    direct(lead_client, sending, "pause", reason="Wrong link")
    direct(lead_client, sending, "resume")
    direct(lead_client, sending, "cancel")
    direct(lead_client, sending, "cancel")

    noted = LogEntry.objects.filter(object_id=str(sending.pk)).order_by("pk")
    assert [entry.get_change_message() for entry in noted] == [
        "Paused: Wrong link",
        "Resumed.",
        "Cancelled.",
    ]
    assert {entry.user for entry in noted} == {lead}


@pytest.mark.parametrize("language", ["en", "de"])
def test_whoever_looks_sees_their_own_language_first(
    lead_client: Client, words: Template, language: str
) -> None:
    address = reverse("admin:messaging_template_preview", args=[words.pk])

    answer = lead_client.get(address, headers={"accept-language": language})

    assert answer.context["looks"].panes[0].look.language == language


@pytest.mark.parametrize("stage", sorted({*Template.Stage.values} - {*Template.DUTY}))
def test_the_made_up_incident_is_known_as_far_as_one_is_at_its_stage(stage: str) -> None:
    """A template may rely on that, and the example says nothing that the check would forbid."""
    with override("en"):
        facts = sample_facts(stage=stage)

    assert all(facts.get(name) for name in placeholders.known_at(stage))
    assert not (stage in CAUSE_UNKNOWN and facts["cause"])
    draft = check.Draft(
        text=facts["update"],
        language="en",
        stage=stage,
        now=datetime(2026, 3, 2, 12, tzinfo=UTC),
        next_update_at=datetime(2026, 3, 2, 13, 30, tzinfo=UTC),
        components=[facts["components"]],
        **{name: facts[name] for name in ("effect", "action", "workaround")},
    )
    assert [one.rule for one in check.read(draft)] == []
