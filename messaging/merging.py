"""What differs per recipient: while rendering a token stands in, at sending the value replaces it.

The tokens survive Liquid, Markdown and the sanitiser unchanged; those of links are links.
"""

import html
import re
from collections.abc import Mapping
from functools import lru_cache

FIELDS = {
    "salutation": "xMERGEsalutationx",
    # How to reach us, in whole sentences; may be nothing, see `without()`.
    "support": "xMERGEsupportx",
    "unsubscribe_url": "https://merge.invalid/unsubscribe",
    "feedback_url": "https://merge.invalid/feedback",
    "preferences_url": "https://merge.invalid/preferences",
    "confirm_url": "https://merge.invalid/confirm",
}
# Without what ends the sentence it stands in.
_ADDRESS = re.compile(r"https?://[^\s<>\"]*[\w/]")


def merge(text: str, values: Mapping[str, str]) -> str:
    for field, token in FIELDS.items():
        text = text.replace(token, values[field])
    return text


def merge_html(source: str, values: Mapping[str, str]) -> str:
    return merge(source, {field: in_html(field, value) for field, value in values.items()})


def in_html(field: str, value: str) -> str:
    """A value as it stands in HTML: the pages among the ways to reach us can be opened."""
    return _with_links(value) if field == "support" else html.escape(value)


# Few sentences are said to many readers.
@lru_cache(maxsize=256)
def _with_links(value: str) -> str:
    return _ADDRESS.sub(r'<a href="\g<0>">\g<0></a>', html.escape(value))


def without(text: str, field: str) -> str:
    """Without the paragraphs that a value belongs to, for whom it is empty: no "Call us: "."""
    paragraphs = re.split(r"\n{2,}", text)
    return "\n\n".join(one for one in paragraphs if FIELDS[field] not in one)


def without_html(source: str, field: str) -> str:
    inside = r"(?:(?!</?p\b).)*"
    paragraph = re.compile(rf"<p\b{inside}{re.escape(FIELDS[field])}{inside}</p>\s*", re.DOTALL)
    return paragraph.sub("", source).replace(FIELDS[field], "")


def without_words(text: str, field: str) -> str:
    """Of a text that is one paragraph only the value itself is left out."""
    return re.sub(rf"\s*{re.escape(FIELDS[field])}", "", text)
