"""What a process keeps of a survey is shown to nobody whom it does not concern any more."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from feedback.models import Invitation
from feedback.services import surveys, versions
from messaging.services import links
from tests.factories import NOON, BroadcastFactory, DeliveryFactory


def link(delivery):
    return f"/f/{links.token(delivery)}/"


def text_of(client, url, **headers):
    return client.get(url, {"score": "4"}, headers=headers).content.decode()


@pytest.fixture
def draft(survey, lead):
    return versions.revise(version=survey.version, by=lead)


def test_who_is_invited_to_a_new_version_reads_it_and_the_others_theirs(
    client, form_url, survey, draft, ana
):
    assert "How satisfied are you?" in text_of(client, form_url)
    draft.questions.filter(kind="csat").update(text={"en": "How was it this time?"})
    versions.activate(draft=draft, now=NOON)
    broadcast = BroadcastFactory()
    surveys.invite(survey=survey.survey, broadcast=broadcast, now=timezone.now())

    new = text_of(client, link(DeliveryFactory(broadcast=broadcast, contact=ana)))

    assert "How was it this time?" in new
    assert "How was it this time?" not in text_of(client, form_url)


def test_a_draft_is_shown_as_it_is_now(admin_client, draft):
    preview = f"/feedback/preview/{draft.pk}/"
    assert "Before?" not in text_of(admin_client, preview)

    for text in ("Before?", "After?"):
        draft.questions.filter(kind="csat").update(text={"en": text})

        assert text in text_of(admin_client, preview)


def test_each_reads_their_own_language(client, form_url):
    for language, yes in (("de", "Ja"), ("en", "Yes"), ("de", "Ja")):
        assert f"<span>{yes}</span>" in text_of(client, form_url, **{"accept-language": language})


def test_what_one_person_wrote_is_shown_to_nobody_else(client, form_url, survey, invited, ana):
    given = {f"q{survey.csat.pk}": "4", f"q{survey.text.pk}": "My own words."}
    client.post(form_url, given)
    other = link(DeliveryFactory(broadcast=invited.broadcast, contact=ana))

    for _time in range(2):
        assert "My own words." in text_of(client, form_url)
        assert "My own words." not in text_of(client, other)


def test_what_was_opened_closes_and_goes(client: Client, form_url, invited):
    assert client.get(form_url).status_code == 200

    Invitation.objects.update(closes_at=timezone.now() - timedelta(hours=2))
    assert client.get(form_url).status_code == 410

    invited.broadcast.delete()
    assert client.get(form_url).status_code == 404
