"""Promises to customers besides the next update: kept, told once, remembered when they move."""

from datetime import date, timedelta

import pytest

from incidents.models import CommitmentMove, PlanStep
from incidents.services import commitments, release
from messaging.models import Broadcast
from tests.factories import NOON, PlanStepFactory
from tests.incidents.putting_right import correct, correction_template, go_out

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TEXT = {"en": "A credit of 10 %", "de": "Eine Gutschrift von 10 %"}
OUTCOME = {"en": "It is on your March invoice.", "de": "Sie steht auf der Rechnung für März."}


@pytest.fixture
def told_step(plan, customers, template):
    step = PlanStepFactory(
        plan=plan,
        name="Commitment delivered",
        trigger=PlanStep.Trigger.DELIVERED,
        template=template,
        statement={
            "en": "We promised: {{ commitment }}. {{ outcome }}",
            "de": "Zugesagt: {{ commitment }}. {{ outcome }}",
        },
    )
    step.segments.add(customers)
    return step


@pytest.fixture
def credit(told_step, incident, lead):
    release.release_due(now=NOON)
    return commitments.make(
        incident=incident, text=TEXT, owner=lead, due_on=date(2026, 3, 31), now=NOON
    )


def test_a_draft_promises_nothing(draft, lead):
    with pytest.raises(commitments.NotOpen):
        commitments.make(incident=draft, text=TEXT, owner=lead, due_on=date(2026, 3, 31), now=NOON)


def test_a_commitment_says_what_is_promised(incident, lead):
    with pytest.raises(commitments.WordsMissing):
        commitments.make(
            incident=incident, text={"en": " "}, owner=lead, due_on=date(2026, 3, 31), now=NOON
        )


def test_what_is_delivered_is_told_once_with_what_was_promised_and_what_came(credit, lead):
    commitments.deliver(commitment=credit, outcome=OUTCOME, by=lead, now=NOON + DAY)
    with pytest.raises(commitments.AlreadyDelivered):
        commitments.deliver(commitment=credit, outcome=OUTCOME, by=lead, now=NOON + DAY)

    for _each in range(3):
        release.release_due(now=NOON + DAY)

    told = [
        one.facts["de"]["update"]
        for one in Broadcast.objects.filter(timeline_entry__commitment=credit)
    ]
    assert told == ["Zugesagt: Eine Gutschrift von 10 %. Sie steht auf der Rechnung für März."]
    facts = Broadcast.objects.get(timeline_entry__commitment=credit).facts["en"]
    assert (facts["commitment"], facts["outcome"]) == (TEXT["en"], OUTCOME["en"])
    credit.refresh_from_db()
    assert (credit.delivered_at, credit.delivered_by) == (NOON + DAY, lead)


def test_two_deliveries_are_two_notices(credit, incident, lead):
    call = commitments.make(
        incident=incident, text={"en": "A call"}, owner=lead, due_on=date(2026, 3, 31), now=NOON
    )
    for one, outcome in ((credit, "Credited."), (call, "We called.")):
        commitments.deliver(commitment=one, outcome={"en": outcome}, by=lead, now=NOON + DAY)

    release.release_due(now=NOON + DAY)

    told = Broadcast.objects.filter(timeline_entry__commitment__isnull=False).order_by("pk")
    assert [one.facts["en"]["outcome"] for one in told] == ["Credited.", "We called."]


def test_a_delivery_says_what_customers_got(credit, lead):
    with pytest.raises(commitments.WordsMissing):
        commitments.deliver(commitment=credit, outcome={"de": ""}, by=lead, now=NOON)

    credit.refresh_from_db()
    assert credit.delivered_at is None


def test_it_is_overdue_from_the_day_after(credit, lead):
    assert not credit.is_overdue(date(2026, 3, 31))
    assert credit.is_overdue(date(2026, 4, 1))

    delivered = commitments.deliver(commitment=credit, outcome=OUTCOME, by=lead, now=NOON)

    assert not delivered.is_overdue(date(2026, 4, 1))


def test_moving_the_date_needs_a_reason_and_is_remembered(credit, lead):
    later = {"commitment": credit, "due_on": date(2026, 4, 30), "by": lead, "now": NOON}
    with pytest.raises(commitments.WordsMissing):
        commitments.move(**later, reason=" ")

    commitments.move(**later, reason="Accounting closes in April")

    credit.refresh_from_db()
    assert credit.due_on == date(2026, 4, 30)
    moved = CommitmentMove.objects.get()
    assert (moved.old_on, moved.moved_by) == (date(2026, 3, 31), lead)
    with pytest.raises(commitments.SameDate):
        commitments.move(**later, reason="Again")


def test_nothing_is_promised_for_a_day_that_has_passed(credit, incident, lead):
    day = {"due_on": NOON.date() - DAY, "now": NOON}

    with pytest.raises(commitments.HasPassed, match="choose today or a later one"):
        commitments.make(incident=incident, text={"en": "A call"}, owner=lead, **day)
    with pytest.raises(commitments.HasPassed):
        commitments.move(commitment=credit, reason="Sooner", by=lead, **day)


def test_what_is_delivered_has_no_date_to_move(credit, lead):
    commitments.deliver(commitment=credit, outcome=OUTCOME, by=lead, now=NOON)

    with pytest.raises(commitments.AlreadyDelivered):
        commitments.move(
            commitment=credit, due_on=date(2026, 5, 1), reason="Late", by=lead, now=NOON
        )


def test_telling_twice_keeps_the_first_time(credit):
    commitments.tell(commitment=credit, now=NOON)

    assert commitments.tell(commitment=credit, now=NOON + DAY).told_at == NOON


def test_a_correction_of_it_still_says_what_was_promised(credit, template, lead):
    body = "{{ commitment }}: {{ update }}"
    template.variants.update(body=body)
    correction_template()
    commitments.deliver(commitment=credit, outcome=OUTCOME, by=lead, now=NOON + DAY)
    go_out(24 * 60)
    update = credit.incident.updates.published().last()

    correct(update, {"en": "It is on your April invoice."}, minutes=24 * 60 + 1)

    said = Broadcast.objects.get(purpose=Broadcast.Purpose.CORRECTION)
    assert said.facts["en"]["commitment"] == TEXT["en"]
