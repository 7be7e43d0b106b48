"""Addresses that stand in a text as they are become links, as whoever wrote them expects."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

# Whatever else is a scheme, nobody means to have it opened.
_ADDRESS = re.compile(r"\bhttps?://(?=\w)[^\s<>\"|]+", re.IGNORECASE)
# What ends a sentence, a quotation or an emphasis is not part of the address.
_BEHIND = ".,;:!?'*_~“”„‘’»«…"
_OPENING = {")": "(", "]": "["}


def plugin(parser: MarkdownIt) -> None:
    """After what was escaped has been joined again: an address may hold any of it."""
    parser.core.ruler.after("text_join", "bare_links", _link)


def _link(state: StateCore) -> None:
    for block in state.tokens:
        if block.type == "inline" and "://" in block.content:
            block.children = _linked(block.children or [])


def _linked(tokens: list[Token]) -> list[Token]:
    linked: list[Token] = []
    depth = 0
    for token in tokens:
        depth += (token.type == "link_open") - (token.type == "link_close")
        linked += [token] if depth or token.type != "text" else _pieces(token)
    return linked


def _pieces(token: Token) -> list[Token]:
    text, pieces, done = token.content, [], 0
    for found in _ADDRESS.finditer(text):
        address = _without_end(found[0])
        start, end = found.start(), found.start() + len(address)
        pieces += [_text(text[done:start]), *_anchor(address)]
        done = end
    return [*pieces, _text(text[done:])] if pieces else [token]


def _without_end(address: str) -> str:
    """A bracket that was opened before the address is closed behind it."""
    while address[-1] in _BEHIND or _closes_what_stood_before(address):
        address = address[:-1]
    return address


def _closes_what_stood_before(address: str) -> bool:
    last = address[-1]
    return last in _OPENING and address.count(last) > address.count(_OPENING[last])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _anchor(address: str) -> list[Token]:
    opened = Token("link_open", "a", 1, attrs={"href": address})
    return [opened, _text(address), Token("link_close", "a", -1)]
