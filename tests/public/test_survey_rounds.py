"""A survey that a person sends to segments: who is asked, once; later; reminded; called off."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from audiences.models import Channel, Contact, Segment, Subscription
from feedback.models import Question, SurveyRound
from feedback.services import responses, results, rounds
from feedback.services.figures.slices import Slice
from feedback.services.orders import Order
from messaging.models import Broadcast, Delivery, Template, TemplateVariant
from messaging.services import barring, recipients
from tests.factories import (
    NOON,
    AccountFactory,
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    QuestionFactory,
    SegmentFactory,
    SubscriptionFactory,
    SurveyVersionFactory,
    TemplateFactory,
    TemplateVariantFactory,
)

DAY = timedelta(days=1)
State = SurveyRound.State


def words(stage: str) -> Template:
    template: Template = TemplateFactory(stage=stage)
    TemplateVariantFactory(template=template, subject="{{ title }}", body="{{ question }}")
    return template


@pytest.fixture
def nps(db: None) -> Question:
    version = SurveyVersionFactory(open_days=21, title={"en": "How are we doing?"})
    question: Question = QuestionFactory(version=version, kind="nps")
    return question


@pytest.fixture
def customers(ana: Contact, bo: Contact) -> Segment:
    """Ana by mail, Bo by mail and text message; both agreed to be asked."""
    segment: Segment = SegmentFactory(slug="customers", name="Customers")
    for contact in (ana, bo):
        SubscriptionFactory(contact=contact, segment=segment)
    SubscriptionFactory(contact=bo, segment=segment, channel=Channel.SMS)
    Contact.objects.update(feedback_consent_at=NOON - 30 * DAY)
    return segment


@pytest.fixture
def ask(nps: Question, customers: Segment, lead: User) -> Callable[..., SurveyRound]:
    """Starts a round, by default now, by mail, to the customers."""
    template, reminder = words("survey"), words("survey_again")

    def ask(now: datetime = NOON, remind_after: timedelta | None = None, **more) -> SurveyRound:
        at = more.pop("at", now)
        usual = {"segments": [customers], "channels": ["email"], "template": template}
        order = Order(
            survey=nps.version.survey,
            asks_at=at,
            reminder=reminder if remind_after else None,
            reminds_at=at + remind_after if remind_after else None,
            **usual | more,
        )
        return rounds.start(order=order, by=lead, now=now)

    return ask


def asked_by(broadcast: Broadcast | None, now: datetime = NOON) -> set[tuple[Contact, str]]:
    """Whom a message goes to, each with the channel; it has reached them afterwards."""
    assert broadcast
    recipients.freeze(broadcast_id=broadcast.pk, now=now)
    for one in broadcast.deliveries.filter(state="pending"):
        Delivery.objects.filter(pk=one.pk).move("accepted")
    return {(one.contact, one.channel) for one in broadcast.deliveries.all() if one.contact}


def test_members_who_agreed_are_asked_in_words_of_the_survey(ask, ana, bo):
    Contact.objects.filter(pk=bo.pk).update(feedback_consent_at=None)
    ContactFactory(feedback_consent_at=NOON)  # in no segment

    asked = ask()

    assert asked_by(asked.broadcast) == {(ana, "email")}
    assert asked.state == State.ASKED
    content = asked.broadcast.contents.get()
    assert content.subject == "How are we doing?"
    assert "https://merge.invalid/feedback?score=10" in content.text
    invitation = asked.broadcast.invitation
    assert invitation.closes_at == invitation.version.closes_at(NOON)


def test_by_two_channels_each_is_asked_by_one(ask, ana, bo):
    asked = ask(channels=["sms", "email"])

    assert asked_by(asked.broadcast) == {(bo, "sms"), (ana, "email")}


def test_whoever_was_asked_of_late_is_spared(ask, ana, bo, settings):
    settings.FEEDBACK_REST_DAYS = 14
    earlier = BroadcastFactory(purpose="feedback", started_at=NOON - 13 * DAY)
    DeliveryFactory(broadcast=earlier, contact=ana, state="delivered")

    assert asked_by(ask().broadcast) == {(bo, "email")}


def test_a_segment_is_not_asked_the_same_again_while_it_can_answer(ask, customers):
    first = ask()
    later = first.broadcast.invitation.closes_at

    with pytest.raises(rounds.AlreadyGoingOn) as refused:
        ask(segments=[SegmentFactory(), customers], now=later - DAY)

    assert refused.value.rounds == [first]
    assert ask(now=later).state == State.ASKED


def test_nobody_is_asked_the_same_again_through_another_segment(ask, ana, bo, settings):
    settings.FEEDBACK_REST_DAYS = 0
    other = SubscriptionFactory(contact=ana).segment
    asked_by(ask(segments=[other]).broadcast)

    second = ask(now=NOON + 20 * DAY)

    assert asked_by(second.broadcast) == {(bo, "email")}


def test_the_last_second_unsubscribe_wins(ask, ana, bo, customers):
    broadcast = ask().broadcast
    recipients.freeze(broadcast_id=broadcast.pk, now=NOON)
    Subscription.objects.filter(contact=ana).update(state="unsubscribed")

    seen = barring.look_at(broadcast.deliveries.all(), broadcast)
    wanted = {one.contact_id: barring.is_wanted(one, "email") for one in seen}

    assert wanted == {ana.pk: False, bo.pk: True}


def test_what_is_to_be_asked_later_is_asked_once_when_it_is_time(ask, customers, ana, bo):
    planned = ask(at=NOON + DAY)
    rounds.carry_out_due(now=NOON + DAY - timedelta(seconds=1))
    assert not Broadcast.objects.exists()
    newcomer = SubscriptionFactory(segment=customers, contact__feedback_consent_at=NOON).contact

    rounds.carry_out_due(now=NOON + DAY)
    rounds.carry_out_due(now=NOON + DAY)

    planned.refresh_from_db()
    assert {one for one, _channel in asked_by(planned.broadcast)} == {ana, bo, newcomer}
    invitation = Broadcast.objects.get().invitation
    assert invitation.closes_at == invitation.version.closes_at(NOON + DAY)


def test_what_is_cancelled_before_its_time_asks_nobody(ask):
    planned = ask(at=NOON + DAY)

    rounds.cancel(round=planned, now=NOON)
    rounds.carry_out_due(now=NOON + DAY)

    assert not Broadcast.objects.exists()
    assert ask(at=NOON + DAY).state == State.PLANNED


def test_what_is_stopped_on_its_way_reminds_nobody(ask):
    asked = ask(remind_after=5 * DAY)

    rounds.cancel(round=asked, now=NOON)
    rounds.carry_out_due(now=NOON + 5 * DAY)

    asked.refresh_from_db()
    assert (asked.state, asked.reminds_at) == (State.CANCELLED, None)
    assert Broadcast.objects.get().state == Broadcast.State.CANCELLED
    with pytest.raises(rounds.IsOver):
        rounds.cancel(round=asked, now=NOON)


def test_who_has_not_answered_is_reminded_once(ask, nps, ana, bo, customers):
    asked = ask(remind_after=5 * DAY)
    asked_by(asked.broadcast)
    answered = asked.broadcast.deliveries.get(contact=ana)
    responses.submit(delivery=answered, answers={nps.pk: ["9"]}, language="en", now=NOON + DAY)
    SubscriptionFactory(
        segment=customers, contact__feedback_consent_at=NOON
    )  # too late to be asked

    for minutes in range(2):
        rounds.carry_out_due(now=NOON + 5 * DAY + timedelta(minutes=minutes))

    asked.refresh_from_db()
    assert (asked.reminds_at, asked.note) == (None, "")
    reminder = Broadcast.objects.get(reminds=asked.broadcast)
    assert asked_by(reminder, NOON + 5 * DAY) == {(bo, "email")}


def test_where_it_asks_late_it_reminds_a_day_later(ask):
    planned = ask(at=NOON + DAY, remind_after=DAY)
    late = NOON + 4 * DAY

    rounds.carry_out_due(now=late)
    rounds.carry_out_due(now=late)

    planned.refresh_from_db()
    assert planned.reminds_at == late + DAY


def test_what_cannot_be_asked_says_why_and_keeps_out_no_other(ask, nps, customers):
    broken = ask(at=NOON + DAY)
    TemplateVariant.objects.filter(template=broken.template).update(subject="{{ status }}")
    other = ask(at=NOON + DAY, segments=[SegmentFactory()], template=words("survey"))

    rounds.carry_out_due(now=NOON + DAY)

    broken.refresh_from_db()
    other.refresh_from_db()
    assert (broken.state, other.state) == (State.FAILED, State.ASKED)
    assert "{{ status }}" in broken.note


@pytest.mark.parametrize("is_key", [True, False])
def test_a_low_score_is_for_the_account_manager_else_for_who_asked(
    ask, nps, ana, lead, deputy, is_key
):
    if is_key:
        Contact.objects.filter(pk=ana.pk).update(account=AccountFactory(account_manager=deputy))
    asked = ask()
    asked_by(asked.broadcast)

    follow_up = responses.submit(
        delivery=asked.broadcast.deliveries.get(contact=ana),
        answers={nps.pk: ["2"]},
        language="en",
        now=NOON,
    )

    assert follow_up.owner == (deputy if is_key else lead)


def test_a_round_is_an_occasion_with_its_segments(ask, nps, ana, bo, customers, settings):
    settings.FEEDBACK_SMALLEST_GROUP = 1
    partners = SegmentFactory(slug="partners", name="Partners")
    SubscriptionFactory(contact=ContactFactory(feedback_consent_at=NOON), segment=partners)
    broadcast = ask(segments=[customers, partners]).broadcast
    asked_by(broadcast)
    one = broadcast.deliveries.get(contact=ana)
    responses.submit(delivery=one, answers={nps.pk: ["9"]}, language="en", now=NOON)
    whole = Slice(nps.version.survey)

    (occasion,) = results.grouped(of=whole, by="occasion").groups
    by_segment = results.grouped(of=whole, by="segment").groups
    of_partners = results.summary(of=replace(whole, segment=partners.pk))

    assert occasion.group.name == "Round of 2 March 2026: Customers, Partners"
    assert (occasion.turnout.asked, occasion.turnout.answered) == (3, 1)
    turnouts = {one.group.key: (one.turnout.asked, one.turnout.answered) for one in by_segment}
    assert turnouts == {str(customers.pk): (2, 1), str(partners.pk): (1, 0)}
    assert of_partners.turnout.asked == 1
