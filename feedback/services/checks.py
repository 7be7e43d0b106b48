"""What is to be mended in a draft before customers are asked it."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from audiences import languages
from feedback import conditions
from feedback.models import Question, SurveyVersion
from feedback.options import options


def problems(*, version: SurveyVersion) -> list[str]:
    """Empty when it can be put in force."""
    questions = list(version.questions.order_by("position", "pk"))
    if not questions:
        return [_("It asks nothing yet: add a question.")]
    anchors = conditions.anchors(questions)
    found = []
    for question in questions:
        for words in _of(question, anchors.get(question.pk), version.is_anonymous):
            found.append(_("“%(question)s”: %(words)s") % {"question": question, "words": words})
    return found


def gaps(*, version: SurveyVersion) -> list[str]:
    """What some readers get in another language than theirs."""
    texts = [(str(version), one) for one in (version.title, version.intro, version.thanks)]
    for question in version.questions.order_by("position", "pk"):
        labels = [choice["label"] for choice in question.choices]
        texts += [(str(question), one) for one in (question.text, *labels)]
    lacking = {(name, code): None for name, one in texts for code in _lacking(one)}
    words = _("“%(name)s” is missing in: %(codes)s. The other language is used there.")
    return [words % {"name": name, "codes": code} for name, code in lacking]


def _lacking(texts: Mapping[str, str]) -> list[str]:
    """Languages that others have words in; where nobody has, there is nothing to be missed."""
    said = {code for code, words in texts.items() if words}
    return [code for code in languages.codes() if said and code not in said]


def _of(question: Question, anchor: Question | None, is_anonymous: bool) -> Iterator[str]:
    if question.kind == Question.Kind.CONTACT and is_anonymous:
        yield _("nobody can be called back in an anonymous survey. Leave this question out.")
    if not question.after:
        return
    known = options(anchor) if anchor else {}
    if not known:
        yield _("there is no question above it that is always asked and has answers to choose.")
    elif unknown := [str(value) for value in question.after if value not in known]:
        yield _("the question above it cannot be answered with %(values)s.") % {
            "values": ", ".join(unknown)
        }
