"""What the demo tells of its sample customers' answers."""

from embedded.demo import opinions
from feedback.models import Question, SurveyVersion
from feedback.services.figures.counting import Turnout
from feedback.services.figures.questions import QuestionResult
from feedback.services.results import Summary

COMMENTS = QuestionResult(Question(kind=Question.Kind.TEXT, text={"en": "Why?"}), [1], 6)


def test_a_question_that_is_withheld_has_no_number():
    found = Summary(SurveyVersion(), Turnout(9, 7, 6), [COMMENTS, COMMENTS.withhold()])

    assert list(opinions.lines(found)) == [
        "6 of 7 customers asked have answered:",
        "  Why?  6 comments",
        "  Why?  withheld: too few have answered this",
    ]


def test_where_too_few_have_answered_the_demo_says_so(settings):
    settings.FEEDBACK_SMALLEST_GROUP = 5
    found = Summary(SurveyVersion(), Turnout(9, 7, None), [COMMENTS.withhold()], is_withheld=True)

    assert list(opinions.lines(found)) == [
        "Fewer than 5 of 7 customers asked have answered; no figures are shown."
    ]
