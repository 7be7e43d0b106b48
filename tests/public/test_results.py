from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from feedback.models import Question
from feedback.services import comments, responses, results
from messaging.models import Delivery
from tests.factories import (
    NOON,
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    InvitationFactory,
    UserFactory,
)


@pytest.fixture
def answer(survey):
    """Lets somebody new answer the survey about a thread."""
    broadcasts = {}

    def answer(thread="orders", now=NOON, **answers):
        if thread not in broadcasts:
            broadcasts[thread] = BroadcastFactory(purpose="feedback", thread=thread)
            InvitationFactory(broadcast=broadcasts[thread], version=survey.version)
        delivery = DeliveryFactory(
            broadcast=broadcasts[thread], contact=ContactFactory(), state="delivered"
        )
        given = {getattr(survey, kind).pk: [raw] for kind, raw in answers.items()}
        if given:
            responses.submit(delivery=delivery, answers=given, language="en", now=now)
        return delivery

    return answer


def of(summary, kind):
    return next(result for result in summary.questions if result.question.kind == kind)


def counts(result):
    return {bar.value: bar.count for bar in result.distribution}


def test_the_figures_of_a_scale_are_right(answer, survey):
    for csat, nps in (("5", "10"), ("4", "9"), ("4", "8"), ("2", "6"), ("1", "0")):
        answer(csat=csat, nps=nps)

    summary = results.summary(survey=survey.survey)

    csat, nps = of(summary, "csat"), of(summary, "nps")
    assert (csat.count, csat.mean, csat.csat_percent, csat.nps) == (5, 3.2, 60, None)
    assert counts(csat) == {"1": 1, "2": 1, "3": 0, "4": 2, "5": 1}
    assert [bar.percent for bar in csat.distribution] == [20, 20, 0, 40, 20]
    assert (nps.mean, nps.nps, nps.csat_percent) == (6.6, 0, None)
    assert len(nps.distribution) == 11


def test_the_promoters_score_counts_each_side_of_the_fence(answer, survey):
    for nps in ("10", "9", "9", "7", "6"):
        answer(csat="3", nps=nps)

    assert of(results.summary(survey=survey.survey), "nps").nps == 40


def test_choices_are_counted_also_when_they_have_left_the_form(answer, survey):
    answer(csat="3", choice="sms", yes_no="no")
    answer(csat="3", choice="email", yes_no="no")
    Question.objects.filter(kind="choice").update(
        choices=[{"value": "sms", "label": {"en": "Text message"}}]
    )

    summary = results.summary(survey=survey.survey)

    assert counts(of(summary, "choice")) == {"sms": 1, "email": 1}
    assert [bar.label for bar in of(summary, "choice").distribution] == ["Text message", "email"]
    assert counts(of(summary, "yes_no")) == {"yes": 0, "no": 2}


def test_the_response_rate_is_of_those_who_were_reached(answer, survey):
    answer(csat="3")
    answer(csat="3")
    for state in ("delivered", "accepted", "bounced", "failed", "skipped"):
        Delivery.objects.filter(pk=answer().pk).update(state=state)

    summary = results.summary(survey=survey.survey)

    assert (summary.responses, summary.reached, summary.response_percent) == (2, 4, 50)


def test_whoever_answered_was_reached_whatever_the_provider_said_later(answer, survey):
    delivery = answer(csat="3")
    Delivery.objects.filter(pk=delivery.pk).update(state="complained")

    assert results.summary(survey=survey.survey).response_percent == 100


def test_one_story_can_be_looked_at_alone(answer, survey):
    answer(thread="orders", csat="5", text="Fine.")
    answer(thread="logins", csat="1", text="Bad.")
    answer(thread="logins")

    summary = results.summary(survey=survey.survey, thread="logins")

    assert (summary.responses, summary.reached) == (1, 2)
    assert of(summary, "csat").mean == 1
    assert [row.text for row in comments.latest(survey=survey.survey, thread="logins")] == ["Bad."]


def test_nothing_answered_divides_by_nothing(survey):
    summary = results.summary(survey=survey.survey)

    assert summary.response_percent is None
    assert of(summary, "csat").mean is of(summary, "csat").csat_percent is None
    assert of(summary, "nps").nps is None


def test_the_team_reads_the_results_latest_words_first(lead_client, answer):
    answer(csat="4", text="An <b>older</b> word.")
    answer(csat="5", text="A newer word.", now=NOON + timedelta(hours=1))

    page = lead_client.get("/feedback/results/after/").content.decode()

    assert page.index("A newer word.") < page.index("An &lt;b&gt;older&lt;/b&gt; word.")
    assert "4.50" in page
    assert "100 %" in page
    assert "<table" in page


@pytest.mark.parametrize("query", ["", "?thread=nowhere"])
def test_results_without_answers_say_so(lead_client, survey, query):
    page = lead_client.get(f"/feedback/results/after/{query}").content.decode()

    assert "Nobody has written anything yet." in page


def test_results_are_german_for_germans(lead_client, answer):
    answer(csat="4")

    page = lead_client.get("/feedback/results/after/", headers={"accept-language": "de"})

    assert "Wie zufrieden sind Sie?" in page.content.decode()
    assert "4,00" in page.content.decode()


def test_results_are_for_the_team_only(client, survey):
    response = client.get("/feedback/results/after/")

    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


def test_results_need_the_right_to_read_answers(client, survey):
    client.force_login(UserFactory(is_staff=True))

    assert client.get("/feedback/results/after/").status_code == 403


def test_whoever_may_read_answers_sees_the_results(client, survey):
    reader = UserFactory(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_response"))
    client.force_login(reader)

    assert client.get("/feedback/results/after/").status_code == 200


def test_the_page_of_a_survey_leads_to_its_results(lead_client, survey):
    page = reverse("admin:feedback_surveyversion_change", args=[survey.version.pk])
    link = reverse("admin:feedback_surveyversion_results", args=[survey.version.pk])

    assert link in lead_client.get(page).content.decode()
    assert lead_client.get(link).url == "/feedback/results/after/"
