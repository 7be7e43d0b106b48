"""A survey as a form: one field per question, named q<id>; the service judges."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from feedback.models import Question, Response, Survey
from feedback.options import ends, options, pick
from feedback.services.responses import LONGEST_TEXT


class AnswerForm(forms.Form):
    # People neither see nor reach this field; what fills it in is a program.
    website = forms.CharField(
        required=False,
        label=_("Leave this empty"),
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = list(survey.questions.order_by("position", "pk"))
        for question in self.questions:
            self.fields[name(question)] = _field(question)

    @property
    def is_spam(self) -> bool:
        return bool(self.data.get("website"))

    def answers(self) -> dict[int, str]:
        return {
            question.pk: self.cleaned_data.get(name(question), "") for question in self.questions
        }

    def show(self, messages: Mapping[int, str]) -> None:
        """Say at each question what is wrong with its answer."""
        for question_id, message in messages.items():
            self.add_error(f"q{question_id}", message)

    def asked(self) -> list[dict[str, Any]]:
        """Each question with its field and how it is laid out."""
        return [
            {"question": question, "field": self[name(question)], "ends": ends(question)}
            for question in self.questions
        ]


def name(question: Question) -> str:
    return f"q{question.pk}"


def earlier_answers(response: Response | None) -> dict[str, str]:
    """What was answered before, as the form's first values."""
    answers = response.answers.all() if response else []
    return {
        f"q{answer.question_id}": answer.text
        or answer.choice
        or ("" if answer.score is None else str(answer.score))
        for answer in answers
    }


def preselected(survey: Survey, query: Mapping[str, str]) -> dict[str, str]:
    """A choice that was already made by a link in the mail: ?q<id>=4. Texts are not taken."""
    return {
        name(question): value
        for question in survey.questions.all()
        if (value := query.get(name(question), "")) in options(question)
    }


def _field(question: Question) -> forms.CharField:
    choices = list(options(question).items())
    # Longer texts must come through, so that they are not lost but can be shortened.
    area = forms.Textarea(attrs={"rows": 5, "maxlength": LONGEST_TEXT})
    return forms.CharField(
        required=False,
        label=pick(question.text),
        strip=False,
        widget=forms.RadioSelect(choices=choices) if choices else area,
    )
