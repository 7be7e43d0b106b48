"""A task of posting comes with its words: in each language, with what is known by now."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from incidents.models import DutyCall, Incident, PlanStep
from incidents.services import (
    corrections,
    duty_links,
    incidents,
    ladder,
    plan_checks,
    posts,
    release,
    updates,
)
from incidents.services.correction_drafts import Correction
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


def test_the_letter_brings_them_letter_by_letter(draft, post_step, team, lead) -> None:
    title = "1. *Login_page_down* & #3 <b> at https://a_b.example/x_y_z"
    Incident.objects.filter(pk=draft.pk).update(title={"en": title, "de": title})
    now = timezone.now()

    incidents.open(incident=draft, by=lead, now=now)
    release.release_due(now=now)

    letter = BroadcastContent.objects.get(subject__startswith="Your task: Post it", sms_text="")
    assert f"\n{title}: We look into Login." in letter.text


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


def only_inside(incident, at=NOON):
    """Something was said to internal readers alone."""
    draft = updates.UpdateDraft(
        status="investigating",
        public_text={"en": "Hydra is away."},
        audience="internal",
        next_update_due_at=at + 30 * MINUTE,
    )
    return updates.publish(incident=incident, draft=draft, by=None, now=at)


def test_what_only_our_own_people_are_told_calls_for_no_post(post_step, draft, lead) -> None:
    PlanStep.objects.filter(pk=post_step.pk).update(trigger=PlanStep.Trigger.UPDATE_PUBLISHED)
    incident = incidents.open(incident=draft, by=lead, now=NOON)

    only_inside(incident)
    heard = said(incident, minutes=1)

    assert [one.update for one in incident.timeline.filter(step=post_step)] == [heard]


def test_the_words_for_our_own_people_are_never_offered_to_be_posted(entry) -> None:
    entry.update = only_inside(entry.incident, at=timezone.now())

    assert posts.of_task(entry) == []


def test_a_post_says_what_holds_once_something_was_put_right(post_step, draft, lead) -> None:
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    entry = incident.timeline.get(step=post_step)
    said(incident)
    wrong = said(incident, minutes=1)
    right = Correction(public_text={"en": "Right words"})
    corrections.correct(update=wrong, correction=right, by=None, now=NOON + 2 * MINUTE)

    assert "Slow logins: Right words" in posts.of_task(entry)[1].text

    back = Correction(public_text={"en": "Disregard it"}, withdraws="everybody")
    corrections.correct(update=wrong, correction=back, by=None, now=NOON + 3 * MINUTE)

    assert "Slow logins: Some words" in posts.of_task(entry)[1].text
    entry.update = wrong
    assert posts.of_task(entry) == []


def test_a_plan_whose_post_lacks_a_language_says_so(post_step, template, plan) -> None:
    TemplateVariant.objects.filter(template=template, language="de").update(short_text="")

    found = [one.words for one in plan_checks.check(plan=plan, now=NOON)]

    assert "The template has no short text to be posted in: de." in found


def test_a_post_with_a_technical_fact_is_not_offered(entry):
    entry.incident.systems = {"en": "Hydra"}
    TemplateVariant.objects.update(short_text="Hydra is down")

    [english, _german] = sorted(posts.of_task(entry), key=lambda post: post.language != "en")

    assert (english.text, "“Hydra” is a technical fact" in english.error) == ("", True)
