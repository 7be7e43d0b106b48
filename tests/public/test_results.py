from collections import defaultdict
from datetime import timedelta
from random import Random
from statistics import mean

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback.models import Question
from feedback.services import results, versions
from feedback.services.results import Slice
from messaging.models import Delivery
from tests.factories import (
    NOON,
    BroadcastFactory,
    DeliveryFactory,
    IncidentFactory,
    PlanStepFactory,
    SegmentFactory,
)


@pytest.fixture(autouse=True)
def shows_single_answers(settings):
    settings.FEEDBACK_SMALLEST_GROUP = 1


def of(summary, kind):
    return next(result for result in summary.questions if result.question.kind == kind)


def counts(result):
    return {bar.value: bar.count for bar in result.distribution}


def test_the_figures_of_a_scale_are_right(answer, survey):
    for csat, nps in (("5", "10"), ("4", "9"), ("4", "8"), ("2", "6"), ("1", "0")):
        answer(csat=csat, nps=nps)

    summary = results.summary(of=Slice(survey.survey))

    csat, nps = of(summary, "csat"), of(summary, "nps")
    assert (csat.count, csat.mean.value, csat.csat.value, csat.nps) == (5, 3.2, 60, None)
    assert counts(csat) == {"1": 1, "2": 1, "3": 0, "4": 2, "5": 1}
    assert [bar.percent for bar in csat.distribution] == [20, 20, 0, 40, 20]
    assert (nps.mean.value, nps.nps.value, nps.csat) == (6.6, 0, None)
    assert len(nps.distribution) == 11


def test_the_promoters_score_counts_each_side_of_the_fence(answer, survey):
    for nps in ("10", "9", "9", "7", "6"):
        answer(csat="3", nps=nps)

    assert of(results.summary(of=Slice(survey.survey)), "nps").nps.value == 40


def test_choices_are_counted_also_when_they_have_left_the_form(answer, survey):
    answer(csat="3", choice="sms", yes_no="no")
    answer(csat="3", choice="email", yes_no="no")
    Question.objects.filter(kind="choice").update(
        choices=[{"value": "sms", "label": {"en": "Text message"}}]
    )

    summary = results.summary(of=Slice(survey.survey))

    assert counts(of(summary, "choice")) == {"sms": 1, "email": 1}
    assert [bar.label for bar in of(summary, "choice").distribution] == ["Text message", "email"]
    assert counts(of(summary, "yes_no")) == {"yes": 0, "no": 2}


def test_the_response_rate_is_of_those_who_were_reached(answer, survey):
    answer(csat="3")
    answer(csat="3")
    for state in ("delivered", "accepted", "bounced", "failed", "skipped"):
        Delivery.objects.filter(pk=answer().pk).update(state=state)

    turnout = results.summary(of=Slice(survey.survey)).turnout

    assert (turnout.answered, turnout.reached, turnout.rate.value) == (2, 4, 50)


def test_whoever_answered_was_reached_whatever_the_provider_said_later(answer, survey):
    delivery = answer(csat="3")
    Delivery.objects.filter(pk=delivery.pk).update(state="complained")

    assert results.summary(of=Slice(survey.survey)).turnout.rate.value == 100


def test_one_story_can_be_looked_at_alone(answer, survey):
    answer(thread="orders", csat="5", text="Fine.")
    answer(thread="logins", csat="1", text="Bad.")
    answer(thread="logins")

    summary = results.summary(of=Slice(survey.survey, thread="logins"))

    assert (summary.turnout.answered, summary.turnout.reached) == (1, 2)
    assert of(summary, "csat").mean.value == 1


def test_nothing_answered_divides_by_nothing(survey):
    summary = results.summary(of=Slice(survey.survey))

    assert summary.turnout.rate is None
    assert of(summary, "csat").mean is of(summary, "csat").csat is None
    assert of(summary, "nps").nps is None


def test_a_question_that_stays_is_one_row_through_all_versions(answer, survey, lead):
    answer(csat="5", choice="email")
    draft = versions.revise(version=survey.version, by=lead)
    kept = [{"value": "sms", "label": {"en": "Text"}}, {"value": "call", "label": {"en": "Call"}}]
    draft.questions.filter(kind="choice").update(choices=kept)
    versions.activate(draft=draft, now=NOON)
    answer(thread="logins", version=draft, csat="2", choice="sms")

    summary = results.summary(of=Slice(survey.survey))

    csat, choice = of(summary, "csat"), of(summary, "choice")
    assert (csat.count, csat.versions, csat.question.version) == (2, [1, 2], draft)
    assert [(bar.label, bar.count) for bar in choice.distribution] == [
        ("Text", 1),
        ("Call", 0),
        ("E-mail", 1),
    ]


def test_of_several_answers_shares_are_of_the_people(answer, survey):
    answer(csat="3", several=["email", "sms"])
    answer(csat="3", several=["email"])

    several = of(results.summary(of=Slice(survey.survey)), "several")

    assert (several.count, [bar.percent for bar in several.distribution]) == (2, [100, 50])


def groups(survey, by):
    found = results.grouped(of=Slice(survey.survey), by=by)
    return {
        one.group.name: (one.turnout.asked, one.turnout.answered, of(one, "csat").count)
        for one in found.groups
    }


def test_channels_stand_side_by_side(answer, survey):
    answer(csat="5")
    answer()
    answer(csat="3", channel="sms", address="+4917139200009")

    assert groups(survey, "channel") == {"E-mail": (2, 1, 1), "SMS": (1, 1, 1)}


def test_an_answer_after_the_reminder_is_the_reminders(answer, survey):
    early, late, never = answer(csat="5"), answer(csat="1", now=NOON + timedelta(days=3)), answer()
    reminder = BroadcastFactory(title="Reminder", purpose="feedback", reminds=early.broadcast)
    for asked in (late, never):
        DeliveryFactory(
            broadcast=reminder,
            contact=asked.contact,
            state="delivered",
            accepted_at=NOON + timedelta(days=2),
        )

    assert groups(survey, "message") == {"A broadcast": (3, 1, 1), "Reminder": (2, 1, 1)}


def test_whoever_heard_through_two_segments_counts_in_both(answer, survey):
    both, one = answer(csat="5"), answer(csat="1")
    shop, key = SegmentFactory(name="Shop"), SegmentFactory(name="Key")
    for contact, segment in ((both, shop), (both, key), (one, shop), (both, shop)):
        notice = BroadcastFactory(thread="orders")
        DeliveryFactory(broadcast=notice, contact=contact.contact, segment=segment)
    elsewhere = BroadcastFactory(thread="another story")
    DeliveryFactory(broadcast=elsewhere, contact=one.contact, segment=key)

    assert groups(survey, "segment") == {"Key": (1, 1, 1), "Shop": (2, 2, 2)}
    narrowed = results.summary(of=Slice(survey.survey, segment=key.pk))
    assert (narrowed.turnout.asked, of(narrowed, "csat").mean.value) == (1, 5)


def test_a_segment_beside_others_is_what_it_is_alone(answer, survey):
    chance, segments = Random(7), SegmentFactory.create_batch(3)
    notices = {story: BroadcastFactory.create_batch(3, thread=story) for story in ("a", "b")}
    people = defaultdict(list)
    for number in range(14):
        story, score = chance.choice("ab"), chance.choice("12345")
        said = {"csat": score, "several": chance.sample(["email", "sms"], chance.randrange(3))}
        asked = answer(story, **said if number % 5 else {})
        heard = chance.sample(segments, chance.randrange(3))
        for notice, segment in zip(notices[story], [*heard, *heard[:1]], strict=False):
            DeliveryFactory(broadcast=notice, contact=asked.contact, segment=segment)
        for segment in heard:
            people[segment.name].append(int(score) if number % 5 else None)

    found = results.grouped(of=Slice(survey.survey), by="segment").groups

    assert {one.group.name: one.turnout.asked for one in found} == {
        name: len(scores) for name, scores in people.items()
    }
    for one in found:
        scores = [score for score in people[one.group.name] if score]
        assert (one.turnout.answered, of(one, "csat").mean.value) == (len(scores), mean(scores))
        alone = results.summary(of=Slice(survey.survey, segment=int(one.group.key)))
        assert (alone.turnout, alone.questions) == (one.turnout, one.questions)


def test_answers_are_followed_month_by_month(answer, survey):
    answer(csat="1")
    answer(csat="3")
    answer(csat="5", now=NOON + timedelta(days=40))

    trends = results.summary(of=Slice(survey.survey)).trends

    points = next(one.points for one in trends if one.question.kind == "csat")
    assert [(f"{one.starts_on}", one.result.count, one.result.mean.value) for one in points] == [
        ("2026-03-01", 2, 2),
        ("2026-04-01", 1, 5),
    ]


@pytest.mark.parametrize("by", ["message", "segment"])
def test_more_groups_take_no_more_queries(answer, survey, django_assert_num_queries, by):
    step = PlanStepFactory()

    def asked_about(story):
        asked = answer(thread=story, csat="4", several=["sms"])
        notice = BroadcastFactory(thread=story)
        DeliveryFactory(broadcast=notice, contact=asked.contact, segment=SegmentFactory())
        IncidentFactory(plan=step.plan).timeline.create(
            step=PlanStepFactory(plan=step.plan),
            slot="asked",
            due_at=NOON,
            reason="resolved",
            broadcast=asked.broadcast,
        )

    def grouped():
        return results.grouped(of=Slice(survey.survey), by=by).groups

    asked_about("orders")
    with CaptureQueriesContext(connection) as before:
        assert len(grouped()) == 1
    for story in ("logins", "search"):
        asked_about(story)

    with django_assert_num_queries(len(before)):
        assert len(grouped()) == 3
