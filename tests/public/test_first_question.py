"""A survey's first question stands in the mail that asks it."""

import html
import re

import pytest

from feedback.services import first_question
from messaging.models import TemplateVariant
from messaging.services import rendering
from tests.factories import QuestionFactory

FORM = "https://merge.invalid/feedback"


def mail(question, language):
    said = first_question.words(version=question.version)[language]
    variant = TemplateVariant(language=language, subject="s", body="{{ question }}")
    return rendering.render(variant, {"question": said}, "feedback")


def answers(rendered):
    """Label and address of every answer."""
    links = re.findall(rf'<a [^>]*href="{FORM}\?score=([^"]+)"[^>]*>(.*?)</a>', rendered.html)
    return [(html.unescape(label), value) for value, label in links]


def test_every_answer_is_a_link_that_says_what_it_means(db):
    rendered = mail(QuestionFactory(kind="csat"), "de")

    assert "Wie zufrieden sind Sie?" in rendered.text
    assert [value for _label, value in answers(rendered)] == ["1", "2", "3", "4", "5"]
    for label, value in answers(rendered):
        assert label.startswith(f"{value} – ")
        assert f"\n{label}: {FORM}?score={value}\n" in rendered.text


def test_a_scale_of_numbers_says_what_its_ends_mean(db):
    labels = [label for label, _value in answers(mail(QuestionFactory(kind="nps"), "en"))]

    assert labels[0] == "0 – not at all likely"
    assert labels[-1] == "10 – extremely likely"
    assert labels[1:-1] == [str(step) for step in range(1, 10)]


def test_an_own_choice_is_written_as_it_is(db):
    choices = [
        {"value": "a) b&c", "label": {"en": "[all] *of* it"}},
        {"value": "no", "label": {"en": "None"}},
    ]
    rendered = mail(QuestionFactory(kind="choice", choices=choices), "en")

    assert answers(rendered) == [("[all] *of* it", "a%29%20b%26c"), ("None", "no")]


@pytest.mark.parametrize("kind", ["text", "choice"])
def test_what_no_click_can_answer_leads_to_the_form(db, kind):
    choices = [{"value": str(n), "label": {"en": f"Choice {n}"}} for n in range(13)]
    question = QuestionFactory(kind=kind, choices=choices if kind == "choice" else [])

    rendered = mail(question, "en")

    assert answers(rendered) == []
    assert f"\nAnswer: {FORM}\n" in rendered.text
