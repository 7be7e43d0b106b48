"""Short texts, which a person posts where everybody reads them: nothing sends them by itself.

They hold nothing of a single reader's, and what is wrong with them stops no message.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from audiences.models import Detail
from messaging import merging
from messaging.models import Template
from messaging.services import placeholders, rendering
from messaging.services.placeholders import BadTemplate


@dataclass(frozen=True)
class Post:
    """The words in one language, or why there are none."""

    language: str
    text: str = ""
    error: str = ""

    @property
    def length(self) -> int:
        return len(self.text)


def of_template(template: Template, facts: Mapping[str, Mapping[str, str]]) -> dict[str, Post]:
    """By the languages that the template has a public short text in."""
    public = template.variants.filter(detail=Detail.PUBLIC).exclude(short_text="")
    return {
        one.language: _post(one.language, one.short_text, facts[one.language])
        for one in public.order_by("language")
    }


def fill(source: str, facts: Mapping[str, str]) -> str:
    """:raises BadTemplate: it needs what is not there, or what is a single reader's."""
    text = rendering.brief(source, placeholders.public(facts))
    for name, token in merging.FIELDS.items():
        if token in text:
            words = _("A post is read by everybody: {{ %(name)s }} is one reader’s own.")
            raise BadTemplate(words % {"name": name})
    return text


def _post(language: str, source: str, facts: Mapping[str, str]) -> Post:
    try:
        return Post(language, fill(source, facts))
    except BadTemplate as error:
        return Post(language, error=str(error))
