"""What one can choose for each kind of question, in words of the language spoken at the moment."""

from django.conf import settings
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext_lazy as _

from audiences import languages
from feedback.models import Answer, Question

_SATISFIED = {
    "1": _("very dissatisfied"),
    "2": _("dissatisfied"),
    "3": _("neither nor"),
    "4": _("satisfied"),
    "5": _("very satisfied"),
}
# What the two ends of a scale of bare numbers mean.
_ENDS = {
    Question.Kind.NPS: (_("not at all likely"), _("extremely likely")),
    Question.Kind.CES: (_("very hard"), _("very easy")),
}


def options(question: Question) -> dict[str, str]:
    """Each possible value with its words, in order; a text question has none."""
    if question.kind == Question.Kind.CSAT:
        return {value: str(words) for value, words in _SATISFIED.items()}
    if question.kind in Question.SCALES:
        lowest, highest, _threshold = Question.SCALES[Question.Kind(question.kind)]
        return {str(step): str(step) for step in range(lowest, highest + 1)}
    if question.kind in (Question.Kind.YES_NO, Question.Kind.CONTACT):
        return {"yes": pgettext("answer", "Yes"), "no": pgettext("answer", "No")}
    return {choice["value"]: pick(choice["label"]) for choice in question.choices}


def said(answer: Answer) -> str:
    """An answer in words; a number on a scale with what it means, where that is known."""
    if answer.text:
        return answer.text
    value = answer.choice or str(answer.score)
    words = options(answer.question).get(value, value)
    return words if answer.choice or words == value else f"{value} – {words}"


def ends(question: Question) -> tuple[str, str] | None:
    found = _ENDS.get(Question.Kind(question.kind))
    return (str(found[0]), str(found[1])) if found else None


def pick(texts: dict[str, str]) -> str:
    return languages.pick(texts, get_language() or settings.LANGUAGE_CODE)
