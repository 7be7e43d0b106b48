"""Plans are looked at again: by their date, and because of what went wrong."""

from datetime import date, timedelta

import pytest

from feedback.models import FollowUp, Response
from incidents.models import Drill, Incident, Plan, PlanReview, Promise
from incidents.services import promises, reviews
from tests.factories import (
    NOON,
    BroadcastFactory,
    DeliveryFactory,
    IncidentFactory,
    InvitationFactory,
    PlanFactory,
    QuestionFactory,
    UpdateFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
Cause = PlanReview.Cause
LATER = NOON + DAY


def silence(incident, times=1):
    """Promises that nobody kept, one after the other."""
    for number in range(times):
        at = NOON + number * 200 * MINUTE
        UpdateFactory(incident=incident, published_at=at, next_update_due_at=at + 30 * MINUTE)
    promises.judge(now=LATER)


@pytest.fixture
def quiet(plan):
    """A plan whose own review date is far away, and its incident."""
    Plan.objects.update(review_on=date(2027, 1, 1))
    return IncidentFactory(plan=plan, opened_at=NOON)


@pytest.fixture
def complain(ana):
    def answer(incident, score=1):
        broadcast = BroadcastFactory(thread=incident.key)
        question = QuestionFactory()
        response = Response.objects.create(
            invitation=InvitationFactory(version=question.version, broadcast=broadcast),
            delivery=DeliveryFactory(broadcast=broadcast, contact=ana),
            language="de",
            submitted_at=NOON,
        )
        response.answers.create(question=question, score=score)
        return FollowUp.objects.create(response=response, due_at=NOON)

    return answer


def test_a_plan_past_its_date_is_looked_at_once(plan, lead):
    Plan.objects.update(review_on=NOON.date(), owner=lead)
    PlanFactory(review_on=NOON.date(), status=Plan.Status.RETIRED)
    PlanFactory(review_on=NOON.date() + DAY)

    for _each in range(3):
        reviews.open_due(now=NOON)

    review = PlanReview.objects.get()
    assert (review.plan, review.cause, review.reviewer) == (plan, Cause.DATE, lead)
    assert review.due_on == NOON.date()
    assert "?" in review.question


def test_a_review_that_is_open_is_not_opened_again_for_another_date(plan):
    Plan.objects.update(review_on=NOON.date())
    reviews.open_due(now=NOON)
    Plan.objects.update(review_on=(NOON + DAY).date())

    reviews.open_due(now=NOON + 2 * DAY)

    assert PlanReview.objects.count() == 1


def test_broken_promises_of_one_incident_open_one_review(quiet):
    silence(quiet, times=3)
    assert Promise.objects.filter(outcome="broken").count() == 3

    for _each in range(2):
        reviews.open_due(now=LATER)

    review = PlanReview.objects.get()
    assert (review.cause, review.incident, review.plan) == (Cause.PROMISE, quiet, quiet.plan)
    assert review.due_on == (LATER + 7 * DAY).date()
    assert "Langsame Anmeldung" in review.question or "Slow logins" in review.question


@pytest.mark.parametrize("mode", [Incident.Mode.DRILL, Incident.Mode.REPLAY])
def test_what_was_not_real_broke_no_promise(quiet, mode):
    Incident.objects.update(mode=mode)
    quiet.refresh_from_db()
    silence(quiet)

    reviews.open_due(now=LATER)

    assert not PlanReview.objects.exists()


def test_low_scores_about_one_incident_open_one_review(quiet, complain):
    complain(quiet)
    complain(quiet)
    complain(IncidentFactory())  # without a plan

    for _each in range(2):
        reviews.open_due(now=LATER)

    review = PlanReview.objects.get()
    assert (review.cause, review.incident) == (Cause.SCORE, quiet)


def test_a_corrected_score_opens_nothing(quiet, complain):
    follow_up = complain(quiet)
    follow_up.response.answers.update(score=5)

    reviews.open_due(now=LATER)

    assert not PlanReview.objects.exists()


def test_a_drills_lessons_open_a_review_and_a_smooth_drill_does_not(quiet, lead):
    Incident.objects.update(mode=Incident.Mode.DRILL)
    drill = Drill.objects.create(incident=quiet, held_by=lead)
    reviews.open_due(now=LATER)
    assert not PlanReview.objects.exists()
    drill.lessons = "Nobody knew the deputy's number."
    drill.save()

    for _each in range(2):
        reviews.open_due(now=LATER)

    assert "deputy's number" in PlanReview.objects.get(cause=Cause.DRILL).question


def test_a_retired_version_is_reviewed_by_who_owns_the_active_one(quiet):
    Plan.objects.update(status=Plan.Status.RETIRED)
    owner = UserFactory()
    active = PlanFactory(slug=quiet.plan.slug, version=2, owner=owner, review_on=date(2027, 1, 1))
    silence(quiet)

    reviews.open_due(now=LATER)

    review = PlanReview.objects.get()
    assert (review.plan, review.reviewer) == (quiet.plan, owner)
    assert reviews.in_force(plan=review.plan) == active


@pytest.fixture
def opened(plan):
    Plan.objects.update(review_on=NOON.date())
    reviews.open_due(now=NOON)
    return PlanReview.objects.get()


def close(review, by, *, findings="The second number is old.", answered_by=None):
    return reviews.close(
        review=review, findings=findings, answered_by=answered_by, by=by, now=LATER
    )


def test_closing_says_what_was_found_and_moves_the_date(opened, plan, deputy):
    with pytest.raises(reviews.FindingsMissing):
        close(opened, deputy, findings=" ")

    closed = close(opened, deputy)

    plan.refresh_from_db()
    assert (closed.done_at, closed.reviewer, closed.answered_by) == (LATER, deputy, None)
    assert plan.review_on == (LATER + 90 * DAY).date()
    with pytest.raises(reviews.AlreadyClosed):
        close(opened, deputy)


def test_a_newer_version_in_force_answers_and_gets_the_date(opened, plan, lead):
    Plan.objects.update(status=Plan.Status.RETIRED)
    newer = PlanFactory(slug=plan.slug, version=2, review_on=NOON.date())
    assert list(reviews.answers(review=opened)) == [newer]

    closed = close(opened, lead, answered_by=newer)

    newer.refresh_from_db()
    assert closed.answered_by == newer
    assert newer.review_on == (LATER + 90 * DAY).date()


def test_neither_a_draft_nor_the_same_nor_another_plan_is_an_answer(opened, plan, lead):
    draft = PlanFactory(slug=plan.slug, version=2, status=Plan.Status.DRAFT)
    for wrong in (draft, plan, PlanFactory(version=3)):
        with pytest.raises(reviews.NoAnswer):
            close(opened, lead, answered_by=wrong)


def test_only_the_date_moves_the_date(quiet, lead):
    silence(quiet)
    reviews.open_due(now=LATER)

    close(PlanReview.objects.get(), lead)

    quiet.plan.refresh_from_db()
    assert quiet.plan.review_on == date(2027, 1, 1)
