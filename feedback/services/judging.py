"""Whether answers fit their questions: what is stored, or what to say to whoever gave them."""

import re
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext

from feedback import conditions
from feedback.conditions import Given
from feedback.models import Answer, Question
from feedback.options import options

LONGEST_TEXT = 5_000
# All but tab and new line: nobody types them.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class InvalidAnswers(ValueError):
    """Nothing was stored; `messages` says per question (by its id) what is wrong."""

    def __init__(self, messages: Mapping[int, str]) -> None:
        super().__init__(f"answers to questions {sorted(messages)} do not fit")
        self.messages = messages


def judged(questions: Sequence[Question], given: Given) -> list[Answer]:
    """The answers as rows that are not stored yet; what did not apply is not looked at.

    :raises InvalidAnswers: a required answer is missing, one is impossible, or there is none.
    """
    answers = page(questions, given)
    if not answers and questions:
        raise InvalidAnswers({questions[0].pk: gettext("Please answer at least one question.")})
    return answers


def page(questions: Sequence[Question], given: Given) -> list[Answer]:
    """The same for some of a survey's questions, where it is no harm to answer none.

    :raises InvalidAnswers: a required answer is missing, or one is impossible.
    """
    answers, messages = list[Answer](), dict[int, str]()
    for question in conditions.applying(questions, given):
        said = [one for raw in given.get(question.pk, ()) if (one := _typed(raw))]
        try:
            answers += _read(question, said)
        except ValueError as error:
            messages[question.pk] = str(error)
    if messages:
        raise InvalidAnswers(messages)
    return answers


def _read(question: Question, said: Sequence[str]) -> list[Answer]:
    """:raises ValueError: with a message for the person who answered."""
    if not said:
        if question.is_required:
            raise ValueError(gettext("Please answer this question."))
        return []
    if question.kind == Question.Kind.TEXT:
        return [Answer(question=question, text=_text(said[0]))]
    possible = options(question)
    if not set(said) <= set(possible):
        raise ValueError(gettext("Please choose one of the answers."))
    if question.kind == Question.Kind.SEVERAL:
        return [Answer(question=question, choice=one) for one in possible if one in said]
    if question.kind in Question.SCALES:
        return [Answer(question=question, score=int(said[0]))]
    return [Answer(question=question, choice=said[0])]


def _typed(raw: str) -> str:
    return _CONTROL.sub("", raw.replace("\r\n", "\n")).strip()


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise ValueError(
            gettext("Please shorten your text to %(longest)s characters; it has %(length)s.")
            % {"longest": LONGEST_TEXT, "length": len(text)}
        )
    return text
