"""The page on which the team reads what customers answered."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from tests.factories import QuestionFactory, SurveyVersionFactory, UserFactory

PAGE = "/admin/feedback/survey/results/"


@pytest.fixture
def answered(answer):
    for csat in ("5", "4", "4", "2", "1"):
        answer(csat=csat, nps="9", several=["sms"])


def test_figures_stand_with_their_interval_side_by_side_and_over_time(lead_client, answered):
    page = lead_client.get(f"{PAGE}?survey=after&by=channel").content.decode()

    assert "60 %, 95 % interval 23 % to 88 %" in page
    assert "Side by side: channel" in page
    assert "2026" in page.partition("Over time</h2>")[2]


def test_without_answers_it_still_says_who_was_asked(lead_client, answer):
    answer()

    context = lead_client.get(PAGE).context

    assert (context["turnout"].asked, context["turnout"].answered) == ("1", "–")
    assert "charts" not in context


def test_a_filter_that_is_none_shows_no_figures(lead_client, answered):
    context = lead_client.get(f"{PAGE}?survey=after&language=xx").context

    assert context["form"].errors
    assert "turnout" not in context
    assert lead_client.get(f"{PAGE}?survey=nothing").status_code == 404


def test_another_survey_is_shown_without_the_filters_of_the_one_before(lead_client, answered):
    SurveyVersionFactory(survey__slug="before")
    filters = "by=channel&since=2026-03&occasion=nothing-of-it&of=before"

    context = lead_client.get(f"{PAGE}?survey=after&{filters}").context

    assert (context["turnout"].answered, context["is_filtered"]) == ("5", False)
    assert context["form"]["since"].value() is None
    assert 'name="of" value="after"' in lead_client.get(f"{PAGE}?survey=after").content.decode()


def test_results_need_the_right_to_read_answers(client, survey):
    reader = UserFactory(is_staff=True)
    client.force_login(reader)
    before = client.get(PAGE).status_code
    reader.user_permissions.add(Permission.objects.get(codename="view_response"))

    assert (before, client.get(PAGE).status_code) == (403, 200)


def test_the_page_of_a_survey_leads_to_its_results(lead_client, survey):
    page = reverse("admin:feedback_surveyversion_change", args=[survey.version.pk])
    link = reverse("admin:feedback_surveyversion_results", args=[survey.version.pk])

    assert link in lead_client.get(page).content.decode()
    assert lead_client.get(link).url == f"{PAGE}?survey=after"


def test_results_lead_to_their_comments_and_to_the_export(lead_client, answer):
    other = SurveyVersionFactory(survey__slug="before")
    QuestionFactory(version=other, kind="text")
    for number in range(5):
        answer(csat="4", text=f"Comment {number}")
    answer("invoices", other, text="Of another survey")

    page = lead_client.get(f"{PAGE}?survey=after")
    comments = lead_client.get(page.context["comments"]).content.decode()

    assert ("Comment 3" in comments, "Of another survey" in comments) == (True, False)
    assert "Export what was answered" in lead_client.get(page.context["export"]).content.decode()


def test_means_are_rounded(lead_client, answer):
    for score in ("2", "4", "4", "5", "5", "5"):
        answer(csat=score)

    cards = lead_client.get(f"{PAGE}?survey=after").context["cards"]

    assert [card.mean for card in cards if card.mean] == ["4.17"]
