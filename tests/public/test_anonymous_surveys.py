"""Nothing leads from an anonymous answer to whoever gave it, and still nobody answers twice."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from audiences.services import personal_data
from feedback.models import Answer, FollowUp, Invitation, Response, UsedLink
from feedback.services import anonymity
from messaging.services import links
from tests.factories import ContactFactory, DeliveryFactory, InvitationFactory, QuestionFactory


@pytest.fixture
def anonymous(survey, invitation):
    survey.version.is_anonymous = True
    survey.version.save()
    return invitation


@pytest.fixture
def answers(survey):
    return {f"q{survey.csat.pk}": "1", f"q{survey.text.pk}": "Never again."}


def test_an_answer_is_kept_without_its_delivery_its_time_or_its_turn(
    anonymous, client, form_url, answers
):
    client.post(form_url, answers)

    response = Response.objects.get()
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    assert response.delivery is None
    assert response.submitted_at == response.changed_at == midnight
    numbers = [response.pk, *Answer.objects.values_list("pk", flat=True)]
    assert max(numbers) < 0
    assert not FollowUp.objects.exists()


def test_what_others_answer_later_does_not_tell_when(anonymous, client, form_url, answers, survey):
    named = QuestionFactory(version__survey__slug="named")
    request = InvitationFactory(version=named.version).broadcast

    def answer():
        delivery = DeliveryFactory(broadcast=request, contact=ContactFactory())
        client.post(f"/f/{links.token(delivery)}/", {f"q{named.pk}": "5"})
        response = Response.objects.get(delivery=delivery)
        return response.pk, response.answers.get().pk

    before = answer()
    client.post(form_url, answers)

    assert answer() == tuple(number + 1 for number in before)


def test_an_answer_counts_for_the_language_in_which_it_was_asked_for(
    anonymous, client, form_url, answers, invited
):
    invited.language = "de"
    invited.save()

    client.post(form_url, answers, headers={"accept-language": "en"})

    assert Response.objects.get().language == "de"


def test_one_person_answers_once_by_whichever_message(
    anonymous, client, form_url, answers, invited, bo
):
    text = DeliveryFactory(broadcast=invited.broadcast, contact=bo, channel="sms", address=bo.phone)
    client.post(form_url, answers)

    again = client.post(f"/f/{links.token(text)}/", answers | {"website": ""})
    look = client.get(form_url)

    assert Response.objects.count() == 1
    for page in (again, look):
        assert "You have answered already" in page.content.decode()


def test_the_form_says_what_anonymity_costs_and_keeps_nothing_on_the_device(
    anonymous, client, form_url
):
    page = client.get(form_url).content.decode()

    assert "you can send them only once" in page
    assert "data-draft" not in page


def test_who_has_answered_is_forgotten_when_the_survey_closes(
    anonymous, client, form_url, answers, invited
):
    client.post(form_url, answers)
    now = timezone.now()

    # Whoever began before the end may still send, and has not answered twice.
    Invitation.objects.update(closes_at=now - Invitation.GRACE + timedelta(seconds=1))
    assert anonymity.forget(now=now) == 0
    assert UsedLink.objects.get().delivery == invited
    Invitation.objects.update(closes_at=now - Invitation.GRACE)
    assert anonymity.forget(now=now) == 1

    assert not UsedLink.objects.exists()
    assert Response.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="It alone marks rows.")
@pytest.mark.parametrize("closed_days_ago", [-1, 30], ids=["open", "closed, and nights missed"])
def test_no_mark_of_the_database_is_left_that_tells_when(
    transactional_db, anonymous, client, form_url, answers, closed_days_ago
):
    client.post(form_url, answers)
    now = timezone.now()
    Invitation.objects.update(closes_at=now - timedelta(days=closed_days_ago))

    anonymity.forget(now=now)

    marks = set()
    with connection.cursor() as cursor:
        for model in (UsedLink, Response, Answer):
            cursor.execute(f"SELECT xmin::text FROM {model._meta.db_table}")
            marks |= {mark for (mark,) in cursor.fetchall()}
    assert len(marks) == 1


def test_the_list_of_messages_does_not_tell_who_has_answered(
    anonymous, client, form_url, answers, admin_client
):
    client.post(form_url, answers)

    for ending in ("", "__isnull"):
        asked = admin_client.get(f"/admin/messaging/delivery/?used_link{ending}=0")
        assert asked.status_code == 400


def test_whoever_asks_what_is_known_of_them_learns_that_they_have_answered(
    anonymous, client, form_url, answers, bo
):
    client.post(form_url, answers)

    held = personal_data.collected(contact=bo)["feedback"]

    assert held == [{"survey": "after", "answers": "anonymous"}]
