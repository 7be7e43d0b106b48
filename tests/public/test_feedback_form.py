from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone

from audiences.models import Contact, SupportWay
from feedback.models import Answer, FollowUp, Invitation, Question, Response
from feedback.services import responses
from messaging.services import links
from tests.factories import DeliveryFactory


@pytest.fixture
def answers(survey):
    return {
        f"q{survey.csat.pk}": "4",
        f"q{survey.nps.pk}": "9",
        f"q{survey.ces.pk}": "6",
        f"q{survey.yes_no.pk}": "yes",
        f"q{survey.choice.pk}": "sms",
        f"q{survey.several.pk}": ["email", "sms"],
        f"q{survey.text.pk}": "Thank you.\r\nWell done.",
    }


def checked(page, question, value):
    return f'name="q{question.pk}" value="{value}"' in "".join(
        line for line in page.split("<input") if " checked" in line
    )


def test_every_question_can_be_answered_without_a_cookie(form_url, answers, survey, invited):
    bare = Client(enforce_csrf_checks=True)

    response = bare.post(form_url, answers)

    assert response.status_code == 200
    assert "Thank you" in response.content.decode()
    assert not response.cookies
    stored = {answer.question_id: answer for answer in Answer.objects.order_by("pk")}
    assert stored[survey.csat.pk].score == 4
    assert stored[survey.nps.pk].score == 9
    assert stored[survey.ces.pk].score == 6
    assert stored[survey.yes_no.pk].choice == "yes"
    assert stored[survey.choice.pk].choice == "sms"
    assert stored[survey.text.pk].text == "Thank you.\nWell done."
    several = survey.several.answers.order_by("choice").values_list("choice", flat=True)
    assert list(several) == ["email", "sms"]
    assert Response.objects.get().delivery == invited


def test_looking_and_a_score_clicked_in_the_mail_store_nothing(client, form_url, survey, rows):
    before = rows()

    page = client.get(form_url, {"score": "4"}).content.decode()
    client.head(form_url)

    assert rows() == before
    assert checked(page, survey.csat, 4)


@pytest.mark.parametrize("value", ["6", "0", "x", '"><b>'])
def test_a_score_that_does_not_exist_preselects_nothing(client, form_url, survey, value):
    page = client.get(form_url, {"score": value}).content.decode()

    assert " checked" not in page
    assert '"><b>' not in page


def test_a_link_cannot_put_words_into_somebodys_mouth(client, form_url, survey):
    Question.objects.filter(pk=survey.text.pk).update(position=0)
    survey.version.questions.exclude(pk=survey.text.pk).update(position=9)

    page = client.get(form_url, {"score": "Dreadful."}).content.decode()

    assert "Dreadful." not in page.partition("<textarea")[2]


def test_answering_again_shows_and_changes_the_earlier_answers(client, form_url, answers, survey):
    client.post(form_url, answers)

    page = client.get(form_url).content.decode()
    assert checked(page, survey.csat, 4)
    assert "Well done." in page
    assert "These are your earlier answers." in page

    client.post(form_url, {f"q{survey.csat.pk}": "5"})

    assert Response.objects.count() == 1
    assert list(Answer.objects.values_list("question_id", "score")) == [(survey.csat.pk, 5)]


@pytest.mark.parametrize(
    ("kind", "raw", "message"),
    [
        ("csat", "", "Please answer this question."),
        ("csat", "6", "Please choose one of the answers."),
        ("nps", "11", "Please choose one of the answers."),
        ("ces", "0", "Please choose one of the answers."),
        ("ces", "³", "Please choose one of the answers."),
        ("yes_no", "maybe", "Please choose one of the answers."),
        ("choice", "fax", "Please choose one of the answers."),
        ("several", "fax", "Please choose one of the answers."),
        ("text", "a" * 5_001, "Please shorten your text to 5000 characters; it has 5001."),
    ],
)
def test_what_does_not_fit_is_said_at_its_question_and_nothing_is_lost(
    client, form_url, answers, survey, kind, raw, message
):
    question = getattr(survey, kind)
    bad = answers | {f"q{survey.text.pk}": "Keep me.", f"q{question.pk}": raw}

    response = client.post(form_url, bad)

    page = response.content.decode()
    at_question = page.partition(f'id="q{question.pk}_error"')[2]
    assert response.status_code == 422
    assert at_question.partition("</p>")[0].endswith(f"<span>{message}</span>")
    assert checked(page, survey.nps, 9) or kind == "nps"
    assert (raw if kind == "text" else "Keep me.") in page
    assert not Response.objects.exists()


def test_characters_that_nobody_types_are_no_answer(client, form_url, survey):
    stored = []
    for typed in (" \x00\x01\x7f ", "\x00Late\x0b."):
        client.post(form_url, {f"q{survey.csat.pk}": "4", f"q{survey.text.pk}": typed})
        stored.append([one.text for one in survey.text.answers.all()])

    assert stored == [[], ["Late."]]


def test_nothing_at_all_is_no_answer(client, form_url, survey):
    survey.version.questions.update(is_required=False)

    response = client.post(form_url, {f"q{survey.text.pk}": "  "})

    assert "Please answer at least one question." in response.content.decode()
    assert not Response.objects.exists()


def test_a_program_that_fills_everything_in_is_thanked_and_forgotten(
    client, form_url, answers, rows
):
    before = rows()

    response = client.post(form_url, answers | {"website": "https://example.com/"})

    assert response.status_code == 200
    assert "Thank you" in response.content.decode()
    assert rows() == before


def test_a_low_score_promises_a_call_and_a_good_one_does_not(client, form_url, survey):
    low = client.post(form_url, {f"q{survey.csat.pk}": "2"}).content.decode()
    good = client.post(form_url, {f"q{survey.csat.pk}": "5"}).content.decode()

    assert "asked to get in touch with you" in low
    assert "asked to get in touch with you" not in good
    assert FollowUp.objects.get().state == FollowUp.State.DONE


def test_the_survey_thanks_in_its_own_words(client, form_url, survey):
    survey.version.thanks = {"en": "We **read** everything.", "de": "Wir lesen alles."}
    survey.version.save()
    answer = {f"q{survey.csat.pk}": "5"}

    english = client.post(form_url, answer).content.decode()
    german = client.post(form_url, answer, headers={"accept-language": "de"}).content.decode()

    assert "We <strong>read</strong> everything." in english
    assert "Wir lesen alles." in german
    assert Response.objects.get().language == "de"


def test_the_form_is_german_for_germans(client, form_url):
    page = client.get(form_url, headers={"accept-language": "de"}).content.decode()

    assert '<html lang="de">' in page
    assert "Wie zufrieden sind Sie?" in page
    assert "SMS" in page


def test_every_group_of_choices_has_a_legend_and_every_text_a_label(client, form_url, survey):
    page = client.get(form_url).content.decode()

    assert page.count("<fieldset") == page.count("<legend>") == 7
    assert f'<label for="q{survey.text.pk}_text">' in page
    assert "not at all likely" in page


def test_a_link_without_invitation_leads_nowhere(client, invited, bo):
    uninvited = links.token(DeliveryFactory(contact=bo))

    for token in (uninvited, "AAAAAAAAAAAAAAAAAAAAAA", "nonsense", "%C3%A4"):
        response = client.get(f"/f/{token}/")

        assert response.status_code == 404
        assert "There is nothing at this address" in response.content.decode()
        assert client.post(f"/f/{token}/", {}).status_code == 404


def test_the_form_is_private(client, form_url):
    response = client.get(form_url)

    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex"


@pytest.fixture
def close(invitation):
    def close(ago):
        Invitation.objects.update(closes_at=timezone.now() - ago)

    return close


def test_a_closed_survey_says_so_and_how_to_reach_us_instead(
    client, form_url, answers, close, rows
):
    SupportWay.objects.create(name={"en": "Post box"}, kind="page", address="https://help.example/")
    close(Invitation.GRACE)
    before = rows()

    turned = client.post(form_url, answers | {"go": "next"})
    for response in (client.get(form_url), client.post(form_url, answers), turned):
        page = response.content.decode()
        assert response.status_code == 410
        assert "This survey is closed" in page
        assert "https://help.example/" in page
    assert rows() == before


def test_whoever_began_before_the_end_may_finish(client, form_url, answers, close):
    close(Invitation.GRACE - timedelta(minutes=1))

    assert client.post(form_url, answers).status_code == 200
    assert Response.objects.count() == 1


def test_a_mail_and_a_text_to_the_same_person_lead_to_the_same_answers(
    client, form_url, answers, invited, bo
):
    text = DeliveryFactory(broadcast=invited.broadcast, contact=bo, channel="sms", address=bo.phone)
    client.post(form_url, answers)

    other = f"/f/{links.token(text)}/"
    assert "These are your earlier answers." in client.get(other).content.decode()
    client.post(other, answers)

    assert Response.objects.get().delivery == invited


def test_no_link_is_good_for_endless_changes(client, form_url, answers, survey):
    client.post(form_url, answers)
    Response.objects.update(changes=responses.MOST_CHANGES)

    response = client.post(form_url, {f"q{survey.csat.pk}": "1"})

    assert response.status_code == 429
    assert "please write to us" in response.content.decode()
    assert survey.csat.answers.get().score == 4


def test_what_is_too_long_to_arrive_is_refused_with_what_to_do(client, form_url, answers, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    response = client.post(form_url, answers)

    assert response.status_code == 413
    assert "shorten your texts to 5000 characters" in response.content.decode()


@pytest.mark.parametrize(("address", "before"), [("bo@example.org", 1), ("new@example.org", 0)])
def test_what_did_not_arrive_stays_on_the_device_whoever_reads_the_mailbox(
    client, form_url, answers, settings, bo, address, before
):
    client.post(form_url, answers)
    Contact.objects.filter(pk=bo.pk).update(email=address)
    asked = client.get(form_url)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    refused = client.post(form_url, answers)

    assert asked.context["before"] == refused.context["before"] == before


def test_a_wish_for_a_call_becomes_a_task(client, form_url, survey):
    page = client.post(form_url, {f"q{survey.csat.pk}": "5", f"q{survey.contact.pk}": "yes"})

    assert FollowUp.objects.get().state == FollowUp.State.OPEN
    assert "asked to get in touch with you" in page.content.decode()


def test_only_our_own_script_may_run(client, form_url):
    policy = client.get(form_url)["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'")
    assert policy.endswith("script-src 'self'")


def test_opening_and_answering_are_cheap(client, form_url, answers, django_assert_max_num_queries):
    client.get(form_url)

    with django_assert_max_num_queries(3):
        client.get(form_url)
    # Two of them begin and end the transaction.
    with django_assert_max_num_queries(8):
        client.post(form_url, answers)


def test_no_file_is_taken_in_however_large(client, form_url, answers, settings, rows):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000
    before = rows()

    response = client.post(form_url, answers | {"file": BytesIO(b"x" * 5_001)})

    assert response.status_code == 413
    assert rows() == before


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"&".join([b"q1=1"] * 10_000), id="ten thousand choices"),
        pytest.param(b"q1=\xff\xfe&q2=\x80", id="letters of no alphabet"),
        pytest.param(b"q1=%00%ED%A0%80&%FF=%FE&q99999999999999999999=1", id="halves of letters"),
        pytest.param(b"\x00" * 100, id="zeros"),
    ],
)
def test_what_no_browser_sends_stores_nothing_and_breaks_nothing(client, form_url, rows, body):
    before = rows()

    response = client.post(form_url, body, content_type="application/x-www-form-urlencoded")

    assert response.status_code in (400, 413, 422)
    assert rows() == before
