"""What a survey asks first, as it stands in a message: one click answers it.

A click only opens the form with the answer chosen: programs open every link, too.
"""

from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences import languages
from feedback.models import Question, SurveyVersion
from feedback.options import ends, options, pick
from messaging import merging
from messaging.services import markdown

# More would hide the message: the form asks.
MOST = 12


def words(*, version: SurveyVersion) -> dict[str, str]:
    """Markdown per language; {} while the survey asks nothing."""
    question = version.questions.order_by("position", "pk").first()
    return {code: _asked(question, code) for code in languages.codes()} if question else {}


def _asked(question: Question, code: str) -> str:
    with override(code):
        links = _links(question)
        if not 0 < len(links) <= MOST:
            links = [_link(_("Answer"), "")]
        return f"**{markdown.escape(pick(question.text))}**\n\n" + "\n".join(links)


def _links(question: Question) -> list[str]:
    labels = options(question)
    if (found := ends(question)) or question.kind == Question.Kind.CSAT:
        labels = _numbered(labels, found)
    return [_link(label, f"?score={quote(value, safe='')}") for value, label in labels.items()]


def _numbered(labels: dict[str, str], ends: tuple[str, str] | None) -> dict[str, str]:
    """What a number means stands beside it, at both ends at least."""
    if ends:
        meanings = dict(zip((min(labels, key=int), max(labels, key=int)), ends, strict=True))
    else:
        meanings = labels
    return {
        value: f"{value} – {meanings[value]}" if value in meanings else value for value in labels
    }


def _link(label: str, query: str) -> str:
    return f"[{markdown.escape(label)}]({merging.FIELDS['feedback_url']}{query})"
