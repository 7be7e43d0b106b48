"""The whole aftermath of one bad night, on the real services."""

from datetime import date, timedelta

import pytest

from incidents.models import Plan, PlanReview, PlanStep, Postmortem
from incidents.services import (
    commitments,
    incidents,
    postmortems,
    promises,
    release,
    reviews,
    updates,
)
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast
from tests.factories import NOON, PlanFactory, PlanStepFactory

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Trigger = PlanStep.Trigger


@pytest.fixture
def whole_plan(plan, customers, template):
    """It also tells of post-mortems and of what was delivered, and is not looked at for long."""
    statement = {"en": "{{ commitment }} {{ outcome }}", "de": "{{ commitment }} {{ outcome }}"}
    for extra in (
        {"trigger": Trigger.STATUS_REACHED, "status": "postmortem"},
        {"trigger": Trigger.DELIVERED, "statement": statement},
    ):
        PlanStepFactory(plan=plan, template=template, **extra).segments.add(customers)
    plan.review_on = date(2027, 1, 1)
    plan.save()
    return plan


def said_to_everybody(incident):
    told = Broadcast.objects.filter(thread=incident.key).order_by("pk")
    return [one.facts["en"]["update"] for one in told]


@pytest.mark.slow(reason="a whole story")
def test_what_went_wrong_is_explained_made_good_and_learned_from(whole_plan, draft, lead, deputy):
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    release.release_due(now=NOON)
    # The plan may speak for the lead, but not for ever.
    for minutes in range(30, 241, 30):
        release.release_due(now=NOON + minutes * MINUTE)
        promises.judge(now=NOON + minutes * MINUTE)
    over = NOON + 5 * HOUR
    updates.publish(
        incident=incident,
        draft=UpdateDraft(status="resolved", public_text={"en": "It works again."}),
        by=lead,
        now=over,
    )
    release.release_due(now=over)
    before = len(said_to_everybody(incident))

    owed = Postmortem.objects.get()
    assert owed.due_at == over + 72 * HOUR
    postmortems.save(
        postmortem=owed, summary={"en": "Why it broke."}, body={"en": "Because."}, by=lead
    )
    postmortems.submit(postmortem=owed, reviewer=deputy, by=lead, now=NOON)
    at = over + 2 * DAY
    published = postmortems.publish(postmortem=owed, by=deputy, now=at)
    for _each in range(3):
        release.release_due(now=at)

    credit = commitments.make(
        incident=incident,
        text={"en": "A credit."},
        owner=lead,
        due_on=(at + 7 * DAY).date(),
        now=at,
    )
    commitments.deliver(commitment=credit, outcome={"en": "It is booked."}, by=lead, now=at + DAY)
    for _each in range(3):
        release.release_due(now=at + DAY)

    assert not published.was_late
    told = said_to_everybody(incident)[before:]
    assert told == ["Why it broke.", "A credit. It is booked."]

    for _each in range(2):
        reviews.open_due(now=at + DAY)
    review = PlanReview.objects.get()
    assert review.cause == PlanReview.Cause.PROMISE
    Plan.objects.filter(pk=whole_plan.pk).update(status=Plan.Status.RETIRED)
    second = PlanFactory(slug=whole_plan.slug, version=2, review_on=date(2027, 1, 1))
    closed = reviews.close(
        review=review,
        findings="The deputy has no phone.",
        answered_by=second,
        by=deputy,
        now=at + 2 * DAY,
    )
    reviews.open_due(now=at + 3 * DAY)

    assert closed.answered_by == second
    assert PlanReview.objects.filter(done_at=None).count() == 0
