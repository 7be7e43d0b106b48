"""Who heard an incident is asked about it, once, and reminded once."""

from datetime import timedelta

import pytest

from audiences.models import Contact
from audiences.services import suppressions
from feedback.services import responses
from incidents.models import PlanStep, TimelineEntry
from incidents.services import incidents, release, telling
from messaging.models import Broadcast, Delivery
from messaging.services import barring, recipients
from tests.factories import (
    NOON,
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    PlanStepFactory,
    QuestionFactory,
    SurveyVersionFactory,
    TemplateFactory,
    TemplateVariantFactory,
)

SOON, DAY = timedelta(minutes=20), timedelta(days=1)
State = TimelineEntry.State


def asking_template(stage):
    template = TemplateFactory(stage=stage)
    TemplateVariantFactory(template=template, body="{{ question }}\n\n{{ feedback_url }}")
    return template


@pytest.fixture
def version(db):
    version = SurveyVersionFactory(open_days=10)
    QuestionFactory(version=version)
    return version


@pytest.fixture
def asked(plan, version):
    return PlanStepFactory(
        plan=plan,
        trigger=PlanStep.Trigger.OPENED,
        offset=SOON,
        statement={"en": "Asked."},
        template=asking_template("feedback"),
        survey=version.survey,
    )


@pytest.fixture
def reminded(plan, version):
    return PlanStepFactory(
        plan=plan,
        trigger=PlanStep.Trigger.OPENED,
        offset=4 * DAY,
        statement={"en": "Reminded."},
        template=asking_template("ask_again"),
        survey=version.survey,
    )


@pytest.fixture
def run(draft, lead):
    """Open the incident and live through it up to a time after; returns who got a step's mail."""
    opened = []

    def run(step, after):
        incident = opened[0] if opened else incidents.open(incident=draft, by=lead, now=NOON)
        opened[:] = [incident]
        for at in sorted({NOON, NOON + min(after, SOON), NOON + after}):
            release.release_due(now=at)
            for broadcast in Broadcast.objects.unfrozen():
                recipients.freeze(broadcast_id=broadcast.pk, now=at)
                for one in broadcast.deliveries.filter(state="pending"):
                    Delivery.objects.filter(pk=one.pk).move("accepted")
        entry = incident.timeline.get(step=step)
        return entry, {one.contact for one in Delivery.objects.filter(broadcast=entry.broadcast)}

    PlanStep.objects.filter(trigger=PlanStep.Trigger.PROMISE_DUE).delete()
    Contact.objects.update(feedback_consent_at=NOON - 30 * DAY)
    return run


def test_only_who_heard_it_and_agreed_is_asked(asked, run, ana, bo):
    ContactFactory(feedback_consent_at=NOON)  # a customer too, who heard nothing
    Contact.objects.filter(pk=bo.pk).update(feedback_consent_at=None)

    entry, people = run(asked, SOON)

    assert people == {ana}
    assert entry.broadcast.invitation.owner == entry.incident.lead


def test_a_message_that_may_have_arrived_counts_as_heard(asked, run, ana, bo):
    run(asked, timedelta())
    Delivery.objects.filter(contact=bo).update(state="unknown")
    Delivery.objects.filter(contact=ana).update(state="bounced")

    _entry, people = run(asked, SOON)

    assert people == {bo}


def earlier_request(contact, ago, state="delivered", **about):
    broadcast = BroadcastFactory(purpose=Broadcast.Purpose.FEEDBACK, started_at=NOON - ago, **about)
    return DeliveryFactory(broadcast=broadcast, contact=contact, state=state)


def test_nobody_is_asked_twice_within_the_rest(asked, run, ana, bo, settings):
    settings.FEEDBACK_REST_DAYS = 14
    earlier_request(ana, 13 * DAY)
    earlier_request(bo, 15 * DAY)

    _entry, people = run(asked, SOON)

    assert people == {bo}


@pytest.mark.parametrize("about", [{"state": "skipped"}, {"is_played": True}])
def test_what_nobody_got_leaves_room_for_a_request(asked, run, ana, bo, about):
    earlier_request(ana, DAY, **about)

    _entry, people = run(asked, SOON)

    assert people == {ana, bo}


def test_the_preview_tells_why_somebody_is_not_asked(asked, run, draft, ana, bo, customers):
    earlier_request(ana, DAY)
    run(asked, timedelta())
    Contact.objects.filter(pk=bo.pk).update(feedback_consent_at=None)

    foreseen = telling.foresee(step=asked, incident=draft, now=NOON + SOON)

    dropped = foreseen.dropped["email"]
    assert (foreseen.by_channel, dropped.asked_lately, dropped.no_consent) == ({"email": 0}, 1, 1)


def answer(entry, contact, version):
    responses.submit(
        delivery=Delivery.objects.get(broadcast=entry.broadcast, contact=contact),
        answers={version.questions.get().pk: ["5"]},
        language="en",
        now=NOON + DAY,
    )


def test_only_who_has_not_answered_is_reminded(asked, reminded, run, version, ana, bo):
    request, _people = run(asked, SOON)
    answer(request, ana, version)

    entry, people = run(reminded, 4 * DAY)

    assert people == {bo}
    assert entry.broadcast.reminds == request.broadcast


def test_who_took_the_consent_back_or_must_not_be_written_to_is_not_reminded(
    asked, reminded, run, ana, bo
):
    run(asked, SOON)
    Contact.objects.filter(pk=ana.pk).update(feedback_consent_at=None)
    suppressions.suppress(channel="email", address=bo.email, reason="complaint", now=NOON)

    _entry, people = run(reminded, 4 * DAY)

    assert people == set()


def test_an_answer_after_the_freeze_still_stops_the_reminder(
    asked, reminded, run, version, ana, bo
):
    request, _people = run(asked, SOON)
    entry, _people = run(reminded, 4 * DAY)
    answer(request, ana, version)

    others = barring.Others.of(entry.broadcast)
    found = barring.look_at(entry.broadcast.deliveries.all(), entry.broadcast, others)

    assert {one.contact_id: one.unasked for one in found} == {ana.pk: "answered", bo.pk: ""}


@pytest.mark.parametrize(
    "why", ["anonymous", "closed", "reminded before", "asked just now", "nobody asked"]
)
def test_a_reminder_that_has_no_point_says_so_and_asks_nobody(
    plan, asked, reminded, run, version, why
):
    if why == "anonymous":
        type(version).objects.update(is_anonymous=True)
    if why == "closed":
        type(version).objects.update(open_days=2)
    if why == "reminded before":
        PlanStepFactory(
            plan=plan,
            trigger=PlanStep.Trigger.OPENED,
            offset=3 * DAY,
            statement={"en": "Reminded."},
            template=reminded.template,
            survey=version.survey,
        )
        run(reminded, 3 * DAY)
    if why == "asked just now":
        asked.offset = 4 * DAY
        asked.save_base()
    if why == "nobody asked":
        asked.survey = None
        asked.save_base()

    entry, _people = run(reminded, 4 * DAY)

    assert (entry.state, entry.broadcast) == (State.SKIPPED, None)
    assert entry.note
