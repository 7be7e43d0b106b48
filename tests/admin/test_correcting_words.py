"""Correcting fixed words: beside each other per language, who hears it, and only then it goes."""

import pytest
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from incidents.models import Incident, TimelineEntry
from messaging.models import Broadcast, Delivery, Template
from tests.admin.desk import page
from tests.admin.test_correcting import go_out, shown
from tests.factories import TemplateFactory, TemplateVariantFactory, UserFactory
from tests.pages import form_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def reminder(opened: Incident) -> TimelineEntry:
    """Went out to everybody with words that nobody wrote for it."""
    go_out()
    Delivery.objects.update(state="accepted")
    template = TemplateFactory(stage=Template.Stage.CORRECTION)
    for language in ("en", "de"):
        text = "{{ update }}"
        more = {"language": language, "body": text, "sms_text": text}
        TemplateVariantFactory(template=template, subject="Correction", **more)
    told = opened.timeline.filter(step__name="First notice")
    told.update(update=None, released_at=timezone.now())
    return told.get()


@pytest.fixture
def words_page(reminder: TimelineEntry) -> str:
    return page("words", reminder.incident, reminder.pk)


def test_what_was_said_stands_beside_the_field_of_its_language(
    lead_client: Client, words_page: str
) -> None:
    answer = lead_client.get(words_page)

    beside = {one.language: one for one in answer.context["beside"]}
    assert "We are on it." in beside["en"].letters[0].text
    assert "Wir sind dran." in answer.content.decode()
    assert beside["de"].field.name == "right_de"


def test_nothing_is_told_before_it_is_confirmed_and_who_hears_nothing_is_named(
    lead_client: Client, words_page: str
) -> None:
    typed = shown(lead_client, words_page) | {"right_en": "We are *not* on it."}

    answer = lead_client.post(words_page, typed)

    review = answer.context["review"]
    assert dict(review.reach) == {"E-mail": 1, "SMS": 1}
    assert review.price == "0.08 EUR"
    assert review.unwritten == [("German", 1)]
    assert "1 message was read in German" in answer.content.decode()
    looks = lead_client.post(words_page, form_on(answer.content.decode()) | {"_preview": "1"})
    assert "We are not on it." in looks.context["looks"].panes[0].look.text
    assert not Broadcast.objects.filter(purpose="correction").exists()


def test_what_was_confirmed_is_told_and_stays_beside_what_was_wrong(
    lead_client: Client, words_page: str, bo, reminder: TimelineEntry
) -> None:
    typed = shown(lead_client, words_page) | {"right_en": "Nobody is on it.", "_confirm": "1"}

    lead_client.post(words_page, typed)
    go_out()
    again = lead_client.post(words_page, typed).content.decode()

    told = Delivery.objects.filter(broadcast__purpose="correction")
    assert {(one.contact, one.channel) for one in told} == {(bo, "email"), (bo, "sms")}
    assert "Somebody else has corrected it meanwhile" in again
    assert "Nobody is on it." in again
    got = Delivery.objects.get(broadcast=reminder.broadcast, contact=bo, channel="email")
    row = lead_client.get(f"/admin/messaging/delivery/{got.pk}/change/").content.decode()
    assert "We are on it." in row
    assert "Correction: " in row


def test_without_a_text_or_with_an_internal_word_nothing_is_reviewed(
    lead_client: Client, words_page: str
) -> None:
    typed = shown(lead_client, words_page)

    assert "at least one language" in lead_client.post(words_page, typed).content.decode()
    Incident.objects.update(systems={"en": "db-prod-17"})
    internal = typed | {"right_en": "db-prod-17 restarts.", "_confirm": "1"}
    assert "db-prod-17" in lead_client.post(words_page, internal).content.decode()
    assert not Broadcast.objects.filter(purpose="correction").exists()


def test_the_page_of_a_message_leads_there_who_may_correct_it(
    lead_client: Client, words_page: str, reminder: TimelineEntry
) -> None:
    message = f"/admin/messaging/broadcast/{reminder.broadcast_id}/change/"
    reader = UserFactory(is_staff=True)
    reader.user_permissions.set(_permissions("view_broadcast", "view_incident"))
    reading = Client()
    reading.force_login(reader)

    assert words_page in lead_client.get(message).content.decode()
    assert words_page not in reading.get(message).content.decode()
    assert reading.get(words_page).status_code == 403
    assert reading.post(words_page, {"right_en": "No.", "_confirm": "1"}).status_code == 403


def test_a_request_that_waits_is_said_to_be_recalled_for_nothing(
    lead_client: Client, words_page: str, reminder: TimelineEntry
) -> None:
    Broadcast.objects.filter(pk=reminder.broadcast_id).update(purpose="feedback")
    Delivery.objects.filter(broadcast=reminder.broadcast).update(state="pending")
    typed = shown(lead_client, words_page) | {"right_en": "We are not on it."}

    answer = lead_client.post(words_page, typed)

    assert answer.context["review"].recalled == 2
    assert "2 messages still wait: they are recalled" in answer.content.decode()


def _permissions(*names: str) -> QuerySet[Permission]:
    return Permission.objects.filter(codename__in=names)
