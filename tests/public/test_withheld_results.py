"""Figures of so few that they would tell what single people said are not shown."""

import json
from itertools import permutations

import pytest

from feedback.services import figure_files, results, versions
from feedback.services.figures.withholding import withheld
from feedback.services.results import Slice
from tests.factories import (
    NOON,
    BroadcastFactory,
    DeliveryFactory,
    IncidentFactory,
    PlanStepFactory,
    SegmentFactory,
)

NOBODYS, FIRST, SECOND, THIRD = frozenset(), *(frozenset({place}) for place in range(3))
BOTH = FIRST | SECOND


def apart(*counts):
    """Where nobody belongs to two groups."""
    return {frozenset({place}): count for place, count in enumerate(counts)}


@pytest.mark.parametrize(
    ("together", "hidden"),
    [
        (apart(5, 9), set()),
        (apart(4, 9, 20), {0, 1}),  # alone, it would be the whole minus the others
        (apart(4, 3, 20), {0, 1}),
        (apart(1, 1, 20, 6), {0, 1, 3}),  # what two people said is no secret of theirs either
        (apart(0, 9, 20), set()),
        (apart(3, 0), {0}),
        ({**apart(6, 20), NOBODYS: 1}, {0}),  # nor is what one said who is in no group
        ({**apart(4, 20), NOBODYS: 9}, {0}),
        ({BOTH: 6, FIRST: 1}, {1}),  # the second lies in the first but for one
        ({BOTH: 6, FIRST: 1, THIRD: 5}, {1}),  # and the third has no part in it
        ({BOTH: 6, FIRST: 6}, set()),
        ({BOTH: 1, FIRST: 9, SECOND: 10}, {0}),  # the whole is the sum but for one
    ],
)
def test_a_small_group_hides_and_takes_enough_with_it(together, hidden):
    assert withheld(together) == hidden


def test_which_of_two_equals_is_hidden_does_not_depend_on_who_is_counted_first():
    together = {NOBODYS: 1, FIRST: 7, SECOND: 7, THIRD: 9}

    hidden = {withheld(dict(order)) for order in permutations(together.items())}

    assert hidden == {FIRST}


def test_anonymous_answers_are_not_the_rest_of_those_that_can_be_read():
    assert withheld(apart(20, 20), apart(1, 6)) == {0, 1}
    assert withheld(apart(20, 20, 20), apart(1, 6, 7)) == {0, 1}
    assert withheld(apart(20, 20), apart(1, 0)) == {0}  # the whole is not shown either
    assert withheld(apart(20, 20), apart(5, 0)) == set()


def test_an_anonymous_answer_hides_among_its_like_alone(answer, survey, settings, lead):
    for _each in range(6):
        answer(csat="5")
    nameless = versions.revise(version=survey.version, by=lead)
    nameless.questions.filter(kind="contact").delete()
    nameless.is_anonymous = True
    nameless.save()
    versions.activate(draft=nameless, now=NOON)
    answer("logins", version=nameless, csat="1")

    few = results.summary(of=Slice(survey.survey))
    groups = results.grouped(of=Slice(survey.survey), by="language").groups

    assert few.is_withheld
    assert all(point.result.is_withheld for one in few.trends for point in one.points)
    assert [one.is_withheld for one in groups] == [True]
    for _each in range(4):
        answer("logins", version=nameless, csat="1")
    assert not results.summary(of=Slice(survey.survey)).is_withheld


def test_groups_that_are_hidden_anyway_leave_nobody_alone_in_the_dark():
    assert withheld(apart(30, 2, 20), also={0}) == {0, 1}
    assert withheld(apart(2, 0, 20), also={0, 1}) == {0, 1, 2}


def test_one_answer_that_belongs_to_no_group_is_not_the_whole_minus_the_others(answer, survey):
    step = PlanStepFactory()
    incident = IncidentFactory(plan=step.plan)
    for _each in range(6):
        asked = answer(csat="5")
    incident.timeline.create(
        step=step, slot="asked", due_at=NOON, reason="resolved", broadcast=asked.broadcast
    )
    answer(thread="elsewhere", csat="1")

    (group,) = results.grouped(of=Slice(survey.survey), by="occasion").groups

    assert group.is_withheld
    assert {one.count for one in group.questions} == {0}


def test_a_segment_within_another_is_hidden_where_few_are_between_them(answer, survey):
    shop, key = SegmentFactory(name="Shop"), SegmentFactory(name="Key")
    notices = [BroadcastFactory(thread="orders") for _each in range(2)]
    for number in range(8):
        asked = answer(csat="4", **({"yes_no": "yes"} if number != 1 else {}))
        heard = [shop, key][: 2 if number > 1 else 1]
        for notice, segment in zip(notices, heard, strict=False):
            DeliveryFactory(broadcast=notice, contact=asked.contact, segment=segment)

    within, around = results.grouped(of=Slice(survey.survey), by="segment").groups

    assert (within.group.name, within.is_withheld) == ("Key", True)
    assert (around.group.name, around.turnout.answered) == ("Shop", 8)


def test_a_hidden_group_hides_also_what_many_of_it_have_answered(answer, survey):
    for channel, number in (("email", 6), ("sms", 2)):
        for each in range(number):
            said = {"yes_no": "yes"} if channel == "email" else {}
            answer(channel=channel, address=f"{channel}{each}", csat="4", **said)

    found = results.grouped(of=Slice(survey.survey), by="channel").groups

    assert [one.is_withheld for one in found] == [True, True]
    assert {result.count for one in found for result in one.questions} == {0}


def test_few_answers_have_no_figures(answer, survey):
    for _each in range(4):
        answer(csat="1")

    few = results.summary(of=Slice(survey.survey))
    answer(csat="1")
    enough = results.summary(of=Slice(survey.survey))

    assert (few.is_withheld, few.turnout.answered, few.turnout.asked) == (True, None, 4)
    assert {one.count for one in few.questions} == {0}
    assert (enough.is_withheld, enough.turnout.answered) == (False, 5)


def test_that_few_were_reached_and_kept_silent_is_not_told(answer, survey):
    for _each in range(5):
        answer(csat="5")
        answer(thread="quiet")
    answer(thread="logins", channel="sms")

    mail, text = results.grouped(of=Slice(survey.survey), by="channel").groups
    alone = results.summary(of=Slice(survey.survey, thread="logins"))
    quiet = results.summary(of=Slice(survey.survey, thread="quiet"))

    assert (mail.is_withheld, mail.turnout.answered) == (False, 5)
    assert (text.is_withheld, text.is_small, text.turnout.answered) == (True, True, None)
    assert alone.is_withheld
    assert quiet.turnout.answered == 0


def test_a_question_that_few_have_answered_is_hidden_in_a_large_group(answer, survey):
    for number in range(6):
        answer(csat="1", **({"yes_no": "no"} if number < 2 else {}))

    found = results.summary(of=Slice(survey.survey)).questions

    hidden = {one.question.kind for one in found if one.is_withheld}
    assert hidden == {"yes_no"}


def test_a_part_that_leaves_few_out_is_hidden(answer, survey):
    for _each in range(6):
        answer(csat="5")
    for _each in range(2):
        answer(thread="logins", csat="1")

    assert results.summary(of=Slice(survey.survey, thread="orders")).is_withheld
    assert not results.summary(of=Slice(survey.survey)).is_withheld


def test_a_small_group_hides_its_neighbour_also_question_by_question(answer, survey):
    for channel, csat, yes in (("email", 9, 9), ("sms", 6, 2)):
        for number in range(csat):
            said = {"yes_no": "yes"} if number < yes else {}
            answer(channel=channel, address=f"{channel}{number}", csat="4", **said)

    mail, text = results.grouped(of=Slice(survey.survey), by="channel").groups

    assert [mail.is_withheld, text.is_withheld] == [False, False]
    hidden = [
        {one.question.kind for one in group.questions if one.is_withheld} for group in (mail, text)
    ]
    assert hidden == [{"yes_no"}, {"yes_no"}]


@pytest.fixture
def anonymous(answer, survey, lead):
    """Of the version that was in force before."""
    survey.version.is_anonymous = True
    survey.version.save()
    for _each in range(5):
        answer(csat="5")
    draft = versions.revise(version=survey.version, by=lead)
    draft.is_anonymous = False
    draft.save()
    versions.activate(draft=draft, now=NOON)
    return survey.survey


def test_a_survey_that_was_anonymous_is_cut_one_way_only(anonymous, lead_client):
    address = "/admin/feedback/survey/results/?survey=after&every=week"

    context = lead_client.get(f"{address}&language=en&channel=sms").context

    assert [one.turnout.answered for one in context["groups"]] == ["5"]
    assert context["by"] == "language"
    assert context["turnout"].answered == "5"
    assert context["is_part_ignored"]
    assert list(context["form"].fields) == ["survey", "by"]
    assert [dot.name for chart in context["charts"] for dot in chart.dots] == ["Mar 2026"]
    told = json.loads("".join(figure_files.as_json(survey=anonymous)))
    assert list(told["by"]) == ["occasion", "language"]
