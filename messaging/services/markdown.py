"""Markdown by managers, untrusted, to sanitised HTML; see `plain_text` for the other part."""

import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from messaging.services import bare_links

_ABSOLUTE = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        """What leads nowhere in a mail, such as "/help", stays as it was typed, for all to see."""
        return _ABSOLUTE.match(url) is not None


_PARSER = (
    _Parser("commonmark", {"html": False, "breaks": True})
    .enable(["table", "strikethrough"])
    .use(bare_links.plugin)
)
# Nothing is fetched from elsewhere: a picture is what it is said to show, as in the plain text.
_PARSER.add_render_rule(
    "image", lambda _renderer, tokens, at, *_rest: escapeHtml(tokens[at].content)
)
_TAGS = {
    *("p", "br", "strong", "em", "s", "code", "pre", "blockquote", "hr", "a", "ul", "ol", "li"),
    *("h1", "h2", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td"),
}
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]<>()#+\-!|~.])")
_ESCAPED = re.compile(rf"\\{_PUNCTUATION.pattern}")


@lru_cache(maxsize=64)
def parsed(source: str) -> list[Token]:
    """Each text is wanted as HTML and as plain text, facts in several variants as well."""
    return _PARSER.parse(source)


@lru_cache(maxsize=64)
def to_html(source: str) -> str:
    return nh3.clean(
        _PARSER.renderer.render(parsed(source), _PARSER.options, {}),
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"https", "http", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )


def escape(text: str) -> str:
    """Make a text stand for itself inside Markdown."""
    return _PUNCTUATION.sub(r"\\\1", text)


def unescape(text: str) -> str:
    """The text as it was before, where it is shown as it was written."""
    return _ESCAPED.sub(r"\1", text)
