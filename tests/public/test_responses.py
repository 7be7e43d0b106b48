from datetime import timedelta

import pytest

from feedback.models import FollowUp, Response
from feedback.services import judging, responses
from tests.factories import NOON, AccountFactory, UserFactory


@pytest.fixture
def submit(invited):
    def submit(answers, now=NOON):
        given = {number: [raw] for number, raw in answers.items()}
        return responses.submit(delivery=invited, answers=given, language="en", now=now)

    return submit


@pytest.mark.parametrize(
    ("kind", "score", "is_low"),
    [
        ("csat", "2", True),
        ("csat", "3", False),
        ("nps", "6", True),
        ("nps", "7", False),
        ("ces", "3", True),
        ("ces", "4", False),
    ],
)
def test_a_score_at_the_threshold_opens_a_follow_up(submit, survey, kind, score, is_low):
    submit({survey.csat.pk: "5", getattr(survey, kind).pk: score})

    assert FollowUp.objects.exists() is is_low


def test_the_account_manager_has_two_days(submit, survey, bo, lead):
    bo.account = AccountFactory(account_manager=lead)
    bo.save()

    submit({survey.csat.pk: "1"})

    follow_up = FollowUp.objects.get()
    assert follow_up.owner == lead
    assert follow_up.due_at == NOON + timedelta(days=2)
    assert follow_up.state == FollowUp.State.OPEN


def test_an_account_manager_who_has_left_gets_no_task(submit, survey, bo, lead, invitation):
    bo.account = AccountFactory(account_manager=UserFactory(is_active=False))
    bo.save()
    invitation.owner = lead
    invitation.save()

    submit({survey.csat.pk: "1"})

    assert FollowUp.objects.get().owner == lead


def test_without_an_account_the_task_waits_for_an_owner(submit, survey):
    submit({survey.csat.pk: "1"})

    assert FollowUp.objects.get().owner is None


def test_a_corrected_score_closes_the_task_with_a_reason_and_a_new_low_one_reopens_it(
    submit, survey
):
    submit({survey.csat.pk: "1"})
    submit({survey.csat.pk: "5"}, now=NOON + timedelta(hours=1))

    closed = FollowUp.objects.get()
    assert closed.state == FollowUp.State.DONE
    assert closed.outcome.startswith("The customer has changed the answers: ")

    submit({survey.csat.pk: "2"}, now=NOON + timedelta(hours=2))

    reopened = FollowUp.objects.get()
    assert reopened.state == FollowUp.State.OPEN
    assert reopened.due_at == NOON + timedelta(days=2, hours=2)
    assert reopened.outcome == ""


def test_saying_the_same_again_does_not_reopen_what_a_person_has_done(submit, survey):
    submit({survey.csat.pk: "1"})
    FollowUp.objects.update(state=FollowUp.State.DONE, outcome="Called.", done_at=NOON)

    submit({survey.csat.pk: "1", survey.text.pk: "As I said."})

    assert FollowUp.objects.get().outcome == "Called."
    assert FollowUp.objects.get().state == FollowUp.State.DONE


def test_a_wish_for_a_call_reopens_what_a_low_score_had_opened(submit, survey):
    submit({survey.csat.pk: "1"})
    FollowUp.objects.update(state=FollowUp.State.DONE, outcome="Mailed.", done_at=NOON)

    submit({survey.csat.pk: "1", survey.contact.pk: "yes"}, now=NOON + timedelta(days=3))

    reopened = FollowUp.objects.get()
    assert reopened.state == FollowUp.State.OPEN
    assert reopened.due_at == NOON + timedelta(days=5)
    assert reopened.outcome == "Mailed."


def test_a_low_score_that_goes_leaves_a_wish_for_a_call_open(submit, survey):
    submit({survey.csat.pk: "1", survey.contact.pk: "yes"})

    submit({survey.csat.pk: "5", survey.contact.pk: "yes"}, now=NOON + timedelta(hours=1))

    follow_up = FollowUp.objects.get()
    assert follow_up.state == FollowUp.State.OPEN
    assert follow_up.due_at == NOON + timedelta(days=2)


def test_the_first_time_is_kept_when_answers_change(submit, survey):
    submit({survey.csat.pk: "4"})
    submit({survey.csat.pk: "5"}, now=NOON + timedelta(hours=1))

    response = Response.objects.get()
    assert response.submitted_at == NOON
    assert response.changed_at == NOON + timedelta(hours=1)


def test_a_wrong_answer_leaves_the_earlier_ones_alone(submit, survey, rows):
    submit({survey.csat.pk: "4"})
    before = rows()

    with pytest.raises(judging.InvalidAnswers) as error:
        submit({survey.csat.pk: "9", survey.nps.pk: "99"})

    assert set(error.value.messages) == {survey.csat.pk, survey.nps.pk}
    assert rows() == before
