"""Figures of so few that they would tell what single people said are not shown."""

import pytest

from feedback.services import results
from feedback.services.figures.withholding import withheld
from feedback.services.results import Slice


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([5, 9], set()),
        ([4, 9, 20], {0, 1}),  # alone, it would be the whole minus the others
        ([4, 3, 20], {0, 1}),
        ([1, 1, 20, 6], {0, 1, 3}),  # what two people said is no secret of theirs either
        ([0, 9, 20], set()),
        ([3, 0], {0}),
    ],
)
def test_a_small_group_hides_and_takes_enough_with_it(counts, hidden):
    assert withheld(counts) == hidden


def test_a_group_that_is_hidden_anyway_is_not_the_only_one():
    assert withheld([9, 0, 20], also={0, 1}) == {0, 1, 2}


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


def test_an_anonymous_survey_is_cut_once_and_never_by_channel(answer, survey, lead_client):
    survey.version.is_anonymous = True
    survey.version.save()
    for _each in range(5):
        answer(csat="5")
    address = "/admin/feedback/survey/results/?survey=after&by=language"

    whole, part = lead_client.get(address), lead_client.get(f"{address}&language=en")

    assert [one.turnout.answered for one in whole.context["groups"]] == ["5"]
    assert {"channel", "segment"}.isdisjoint(whole.context["form"].fields)
    assert part.context["is_cut_twice"]
    assert "groups" not in part.context
    assert "charts" not in part.context
