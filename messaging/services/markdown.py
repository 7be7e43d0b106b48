"""Markdown by managers, untrusted: to sanitised HTML, and to plain text that reads well."""

import re
from collections.abc import Sequence
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(
    ["table", "strikethrough"]
)
_TAGS = {
    *("p", "br", "strong", "em", "s", "code", "pre", "blockquote", "hr", "a", "ul", "ol", "li"),
    *("h1", "h2", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td"),
}
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]<>()#+\-!|~.])")


@lru_cache(maxsize=64)
def _parsed(source: str) -> list[Token]:
    """Each text is wanted as HTML and as plain text, facts in several variants as well."""
    return _PARSER.parse(source)


def to_html(source: str) -> str:
    return nh3.clean(
        _PARSER.renderer.render(_parsed(source), _PARSER.options, {}),
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"https", "http", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )


def escape(text: str) -> str:
    """Make a text stand for itself inside Markdown."""
    return _PUNCTUATION.sub(r"\\\1", text)


def to_text(source: str) -> str:
    """Plain text for the mail's first part: paragraphs, dashes for lists, links written out."""
    writer = _PlainText()
    for token in _parsed(source):
        write = getattr(writer, token.type, None)
        if write:
            write(token)
    return "\n".join(writer.lines).strip("\n") + "\n"


class _PlainText:
    """One method per kind of Markdown token that leaves something to read."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.lists: list[int] = []  # 0 for bullets, otherwise the next number
        self.bullet = ""

    def bullet_list_open(self, token: Token) -> None:
        self.lists.append(0)

    def ordered_list_open(self, token: Token) -> None:
        self.lists.append(int(token.attrGet("start") or 1))

    def bullet_list_close(self, token: Token) -> None:
        self.lists.pop()
        self.paragraph_close(token)

    ordered_list_close = bullet_list_close

    def list_item_open(self, token: Token) -> None:
        number = self.lists[-1]
        self.bullet = f"{number}. " if number else "- "
        self.lists[-1] += bool(number)

    def inline(self, token: Token) -> None:
        indent = "  " * max(len(self.lists) - 1, 0)
        self.lines.append(indent + self.bullet + _inline(token.children or []))
        self.bullet = "  " if self.lists else ""

    def paragraph_close(self, token: Token) -> None:
        if not self.lists:
            self.bullet = ""
            self.lines.append("")

    heading_close = table_close = paragraph_close

    def fence(self, token: Token) -> None:
        self.lines += [*(f"    {line}" for line in token.content.splitlines()), ""]

    code_block = fence

    def hr(self, token: Token) -> None:
        self.lines += ["----", ""]


def _inline(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "text" | "code_inline":
                parts.append(token.content)
            case "softbreak" | "hardbreak":
                parts.append("\n")
            case "link_open":
                links.append((str(token.attrGet("href") or ""), len(parts)))
            case "link_close":
                address, start = links.pop()
                if "".join(parts[start:]) != address:
                    parts.append(f": {address}")
    return "".join(parts)
