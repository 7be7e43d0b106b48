"""A task of posting comes with its words: in each language, with what is known by now."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from incidents.models import DutyCall, Incident, PlanStep
from incidents.services import duty_links, incidents, ladder, plan_checks, posts, release
from messaging.models import BroadcastContent, TemplateVariant
from tests.factories import NOON, PlanStepFactory
from tests.incidents.team import MINUTE, said

pytestmark = pytest.mark.django_db
SHORT = (
    "{{ title }}{% if update %}: {{ update }}{% endif %}"
    "{% if incident_url %} {{ incident_url }}{% endif %}"
)


@pytest.fixture
def post_step(plan, template):
    TemplateVariant.objects.filter(template=template).update(short_text=SHORT)
    return PlanStepFactory(
        plan=plan,
        name="Post it",
        trigger=PlanStep.Trigger.OPENED,
        who=PlanStep.Who.TASK,
        role="lead",
        template=template,
        channels=[],
        deadline=timedelta(minutes=30),
    )


@pytest.fixture
def entry(post_step, team, draft, lead):
    now = timezone.now() - 25 * MINUTE
    opened = incidents.open(incident=draft, by=lead, now=now)
    release.release_due(now=now)
    return opened.timeline.get(step=post_step)


def test_the_words_are_those_of_now_with_a_short_address(post_step, draft, lead) -> None:
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    entry = incident.timeline.get(step=post_step)
    said(incident)

    english = posts.of_task(entry)[1]

    address = f"http://127.0.0.1:8000/i/{incident.key}"
    assert (english.language, english.text) == ("en", f"Slow logins: Some words {address}")
    assert Client().get(f"/i/{incident.key}").url == f"/incidents/{incident.key}/"


@pytest.mark.usefixtures("entry")
def test_the_letter_about_the_task_brings_them_along() -> None:
    letter = BroadcastContent.objects.get(subject__startswith="Your task: Post it", sms_text="")

    assert "To post, German, " in letter.text
    assert "Langsame Anmeldung: Wir prüfen Login." in letter.text


def test_the_room_and_the_page_behind_a_call_have_them_to_copy(entry, lead, client) -> None:
    ladder.climb(now=timezone.now())
    call = DutyCall.objects.get(about=DutyCall.About.ENTRY, object_id=entry.pk, user=lead)
    words = posts.of_task(entry)[1].text
    client.force_login(lead)

    room = client.get(f"/admin/incidents/incident/{entry.incident_id}/room/").content.decode()
    page = Client().get(duty_links.url(call, now=timezone.now())).content.decode()

    assert f'data-copy="{words}"' in room
    assert f">{words}</pre>" in page


def test_in_a_drill_there_is_nothing_to_post(entry) -> None:
    Incident.objects.update(mode="drill")
    entry.incident.refresh_from_db()

    assert posts.of_task(entry) == []


def test_a_plan_whose_post_lacks_a_language_says_so(post_step, template, plan) -> None:
    TemplateVariant.objects.filter(template=template, language="de").update(short_text="")

    found = [one.words for one in plan_checks.check(plan=plan, now=NOON)]

    assert "The template has no short text to be posted in: de." in found
