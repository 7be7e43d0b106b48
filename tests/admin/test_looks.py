"""Before it is published, in the template and after it was sent one sees what a reader gets."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.test import Client
from django.urls import reverse

from audiences.models import Contact, Segment
from incidents.models import Incident, Plan, Update
from messaging.admin.looking import Pane
from messaging.models import Broadcast, Delivery, Template, TemplateVariant
from tests.admin.desk import form_of, page
from tests.factories import (
    BroadcastContentFactory,
    BroadcastFactory,
    DeliveryFactory,
    SegmentFactory,
    SubscriptionFactory,
)


@pytest.fixture
def team(plan: Plan, words: Template, bo: Contact) -> Segment:
    """Bo works here too, and is told in technical words."""
    segment = SegmentFactory(name="Operations", kind="internal", detail="technical")
    SubscriptionFactory(contact=bo, segment=segment)
    plan.steps.get(name="Update").segments.add(segment)
    body = "Inside{% if technical %}: {{ technical }}{% endif %}"
    TemplateVariant.objects.create(
        template=words, language="en", detail="technical", subject="Inside", body=body
    )
    return segment


def panes(client: Client, opened: Incident, **chosen: object) -> list[Pane]:
    typed = form_of(opened, technical_text_en="Volume full.") | {"_preview": "1", "looks": "2"}
    answer = client.post(page("publish", opened), typed | chosen)
    assert not Update.objects.exists()
    found: list[Pane] = answer.context["looks"].panes
    return found


def test_two_readers_of_an_unpublished_update_side_by_side(
    lead_client: Client, opened: Incident, team: Segment, ana: Contact, bo: Contact
) -> None:
    chosen = {"look0-contact": bo.pk, "look1-contact": ana.pk}

    technical, german = panes(lead_client, opened, **chosen)

    assert german.look.text.startswith("Wir kennen die Ursache.")
    assert "gets it at ana@example.com through “Shop customers”" in german.notes[0]
    assert technical.look.text.startswith("Inside: Volume full.")
    assert "through “Operations”" in technical.notes[0]


def test_a_mail_is_drawn_by_light_and_by_night(lead_client: Client, opened: Incident) -> None:
    typed = {"public_text_en": "In light dark letters."}

    light, dark = (page for _scheme, page in panes(lead_client, opened, **typed)[0].mails)

    assert "@media not all" in light
    assert "@media all" in dark
    assert (light + dark).count("light dark") == 4  # in the body and before it
    assert "In light dark letters." in light


def test_a_segment_is_looked_at_with_a_members_eyes(
    lead_client: Client, opened: Incident, team: Segment
) -> None:
    inside, _other = panes(lead_client, opened, **{"look0-segment": team.pk})

    assert (inside.look.language, inside.look.detail) == ("en", "technical")
    assert inside.notes[0] == "Operations · E-mail · technical: English 1"
    assert inside.notes[1].startswith("Bo Larsen · gets it at bo@example.org")


def test_who_does_not_get_it_is_said_with_the_reason(
    lead_client: Client, opened: Incident, customers: Segment, opted_out: Contact
) -> None:
    SubscriptionFactory(contact=opted_out, segment=customers)

    (left_out, _other) = panes(lead_client, opened, **{"look0-contact": opted_out.pk})

    assert "They do not get it: must not be written to." in left_out.notes[0]


def test_what_was_chosen_by_hand_comes_before_what_they_get(
    lead_client: Client, opened: Incident, ana: Contact
) -> None:
    chosen = {"look0-contact": ana.pk, "look0-language": "en", "look0-channel": "sms"}

    (pane, _other) = panes(lead_client, opened, **chosen)

    assert pane.look.parts == ["We found the cause."]
    assert pane.look.language == "en"


def test_the_form_goes_along_and_asks_for_one_more(lead_client: Client, opened: Incident) -> None:
    typed = form_of(opened) | {"_preview": "1", "looks": "3", "_more": "1"}

    looks = lead_client.post(page("publish", opened), typed).context["looks"]

    assert len(looks.panes) == 4
    assert not looks.may_have_more
    assert ("public_text_de", "Wir kennen die Ursache.") in looks.kept


def test_a_test_goes_to_whoever_looks_and_to_nobody_else(
    lead_client: Client, opened: Incident, lead: User, settings
) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    lead.email = "lea@corp.example"
    lead.save()

    panes(lead_client, opened, _test="look0")

    (sent,) = mail.outbox
    assert (sent.to, sent.subject[:6]) == (["lea@corp.example"], "[TEST]")
    assert "We found the cause." in sent.body
    assert not Broadcast.objects.exists()


def test_without_the_right_to_see_people_nobody_can_be_chosen(
    client: Client, words: Template, ana: Contact, deputy: User
) -> None:
    deputy.is_superuser = False
    deputy.save()
    deputy.user_permissions.set(Permission.objects.filter(codename="view_template"))
    client.force_login(deputy)

    answer = client.post(
        reverse("admin:messaging_template_preview", args=[words.pk]), {"look0-contact": ana.pk}
    )

    (pane, _other) = answer.context["looks"].panes
    assert "contact" not in pane.form.fields
    assert pane.seen.person is None


@pytest.fixture
def sent(ana: Contact) -> Iterator[Broadcast]:
    broadcast = BroadcastFactory(
        moments=[["2026-03-02T13:30:00+00:00", "2026-03-02T12:00:00+00:00"]]
    )
    BroadcastContentFactory(broadcast=broadcast, subject="By 14:30 CET")
    DeliveryFactory(broadcast=broadcast, contact=ana, state="delivered")
    Delivery.objects.update(time_zone="Europe/London")
    return broadcast


def test_what_somebody_saw_is_shown_with_the_times_they_saw(
    lead_client: Client, sent: Broadcast, ana: Contact, bo: Contact
) -> None:
    answer = lead_client.post(
        reverse("admin:messaging_broadcast_as_read", args=[sent.pk]),
        {"look0-contact": ana.pk, "look1-contact": bo.pk},
    )

    hers, his = answer.context["looks"].panes
    assert hers.look.subject == "By 13:30 GMT"
    assert hers.notes[0] == "Ana Weber · delivered · ana@example.com"
    assert "This message is not for them" in his.notes[0]


def test_a_letter_to_one_person_is_not_looked_at(lead_client: Client, sent: Broadcast) -> None:
    Broadcast.objects.update(purpose=Broadcast.Purpose.DUTY)

    answer = lead_client.get(reverse("admin:messaging_broadcast_as_read", args=[sent.pk]))

    assert answer.status_code == 403
