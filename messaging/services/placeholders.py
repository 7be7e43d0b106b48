"""Liquid placeholders in untrusted templates: flat strings, allow-listed tags, bounded work."""

import difflib
import re
from bisect import bisect_left
from collections.abc import Collection, Mapping
from functools import lru_cache

import liquid
from django.utils.translation import gettext as _
from liquid import FalsyStrictUndefined
from liquid.exceptions import LiquidError, LiquidSyntaxError, UndefinedError, UnknownFilterError
from liquid.token import TOKEN_EOF, TOKEN_TAG, Token

from audiences.models import Detail
from messaging import merging
from messaging.models import Template

FACTS = {
    *("title", "status", "impact", "components", "update", "technical", "next_update", "started"),
    *("resolved", "effect", "scope", "action", "workaround", "cause", "technical_cause", "systems"),
    *("incident_url", "organisation"),
    *("scheduled_for", "scheduled_until", "self_help"),
    # Of a maintenance: how it is done, and the times it had before.
    *("work", "risk", "rollback", "old_for", "old_until", "reason", "rolled_back"),
    # A promise to customers that was delivered; when the message that is put right was written.
    *("commitment", "outcome", "wrong_at"),
    # Of a survey: what it is about, and what it asks first, with a link for each answer.
    *("intro", "question"),
    # Of what our own people are called for.
    *("what", "due", "why", "instructions", "can_reply", "duty_url"),
}
# Means something in our own letters alone.
_NOT_FOR_TEMPLATES = {"confirm_url"}
# Known of every incident, at every moment.
_ALWAYS = frozenset(("title", "status", "impact", "started", "organisation", "update"))
_WINDOW = frozenset(("scheduled_for", "scheduled_until"))
_BEFORE = frozenset(("old_for", "old_until"))
_DUTY = frozenset(("what", "why", "duty_url", "organisation"))
_SURVEY = frozenset(("title", "organisation", "question"))
# Nobody has written anything for these.
_UNWRITTEN = Template.ASKING | {Template.Stage.REMINDER}
# What is known besides at a stage; all other facts may be empty.
_KNOWN_AT = {
    **dict.fromkeys(("announce", "reminder", "started", "overrun"), _WINDOW),
    **dict.fromkeys(("moved", "extended"), _WINDOW | _BEFORE),
    "commitment": frozenset(("commitment", "outcome")),
    **dict.fromkeys(("feedback", "ask_again"), frozenset(("question",))),
}
# For technical variants only; a public one is never given them.
INTERNAL = frozenset(("technical", "technical_cause", "systems"))
_AROUND = frozenset(("if", "unless"))
_TAGS = _AROUND | {"comment", "content", "output", "illegal"}
_IN_BRACES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_FILTERS = frozenset(("default", "upcase", "downcase", "capitalize", "strip", "truncate"))


class CannotSay(Exception):
    """A message cannot be made: something has to be mended first, and its text says what."""


class BadTemplate(CannotSay, ValueError):
    """The template cannot be used; the message names the place and the reason."""


class _Environment(liquid.Environment):
    output_stream_limit = 256_000
    context_depth_limit = 10

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.tags = {name: tag for name, tag in self.tags.items() if name in _TAGS}
        self.filters = {name: self.filters[name] for name in _FILTERS}


# What is missing can be asked for with `if`, and cannot be said.
_ENVIRONMENT = _Environment(undefined=FalsyStrictUndefined)


@lru_cache(maxsize=128)
def _parsed(source: str) -> liquid.BoundTemplate:
    """The same few texts are filled again and again; parsing is most of that."""
    return _ENVIRONMENT.from_string(source)


def fill(source: str, values: Mapping[str, str]) -> str:
    """Put the values in; what is empty or blank counts as missing, and cannot be said.

    :raises BadTemplate: missing value, unknown placeholder, syntax error, or too much output.
    """
    try:
        return _parsed(source).render(
            **{name: value for name, value in values.items() if value.strip()}
        )
    except UndefinedError as error:
        reason = _("there is no {{ %(name)s }} to be put in") % {"name": _name(error)}
        raise BadTemplate(_at(error, reason)) from error
    except LiquidError as error:
        raise BadTemplate(_explained(error, source)) from error


def known_at(stage: str) -> frozenset[str]:
    """The facts that are never empty in a message of this stage."""
    if stage in Template.DUTY:
        return _DUTY
    if stage in Template.OF_SURVEY:
        return _SURVEY
    known = _ALWAYS | _KNOWN_AT.get(stage, frozenset())
    return known - {"update"} if stage in _UNWRITTEN else known


def check(source: str, *, detail: str = Detail.PUBLIC, sure: frozenset[str] = _ALWAYS) -> None:
    """Refuse on save what would fail at night, or tell the public what is internal.

    `sure` are the facts that are never empty where it is used, see `known_at()`.

    :raises BadTemplate: says which placeholder or tag, and where.
    """
    _check(source, detail, sure)


@lru_cache(maxsize=2048)
def _check(source: str, detail: str, sure: frozenset[str]) -> None:
    """What was found to be good stays good: a plan's check asks the same of many steps."""
    known = insertable(detail=detail)
    try:
        used = _ENVIRONMENT.from_string(source).analyze().globals
    except LiquidError as error:
        raise BadTemplate(_explained(error, source)) from error
    for name, places in used.items():
        if name not in known:
            line, column = places[0].span.line_col(source) if places else (1, 0)
            raise BadTemplate(_unknown(name, (line, column + 1), known))
    fill(source, dict.fromkeys(known, "x"))
    _check_without(source, optional=known - sure - set(merging.FIELDS), used=used)


def _unknown(name: str, place: tuple[int, int], known: Collection[str]) -> str:
    values = {"line": place[0], "column": place[1], "name": name, "known": ", ".join(sorted(known))}
    likely = difflib.get_close_matches(name.lower(), sorted(known), n=1)
    if not likely:
        words = _("Line %(line)s, column %(column)s: no {{ %(name)s }} here. Known are %(known)s.")
        return words % values
    words = _(
        "Line %(line)s, column %(column)s: no {{ %(name)s }} here. Did you mean {{ %(meant)s }}?"
        " Known are %(known)s."
    )
    return words % {**values, "meant": likely[0]}


def public(facts: Mapping[str, str]) -> dict[str, str]:
    """What of the facts may reach everybody."""
    return {name: value for name, value in facts.items() if name not in INTERNAL}


def insertable(*, detail: str) -> set[str]:
    """What a template of this detail level may name."""
    known = (FACTS | set(merging.FIELDS)) - _NOT_FOR_TEMPLATES
    return known - INTERNAL if detail == Detail.PUBLIC else known


def _check_without(source: str, *, optional: set[str], used: Collection[str]) -> None:
    """Whether it can be said where facts are missing: all that may be, and each alone.

    :raises BadTemplate: names the fact, its place, and how to ask for it.
    """
    for missing in (optional, *({name} for name in used if name in optional)):
        try:
            _parsed(source).render(**dict.fromkeys(set(used) - missing, "x"))
        except UndefinedError as error:
            hint = _(
                "{{ %(name)s }} may be empty: write {%% if %(name)s %%} … {%% endif %%} around it"
            )
            raise BadTemplate(_at(error, hint % {"name": _name(error)})) from error


def _explained(error: LiquidError, source: str) -> str:
    if isinstance(error, UnknownFilterError):
        allowed = ", ".join(sorted(_FILTERS))
        return _at(
            error, _("there is no such filter; there are %(filters)s") % {"filters": allowed}
        )
    # The parser notices at the end of the text, and names no place.
    if not error.context() and (tag := _unclosed(source)):
        hint = _("{%% %(tag)s %%} is not closed: write {%% end%(tag)s %%} where it ends")
        return _at(LiquidError(token=tag), hint % {"tag": tag.value})
    if isinstance(error, LiquidSyntaxError):
        return _unreadable(error, source)
    return _at(error, str(error.message or error))


def _unreadable(error: LiquidSyntaxError, source: str) -> str:
    token = error.token
    if token and token.kind == TOKEN_TAG and token.value not in _AROUND:
        words = _("{%% %(tag)s %%} cannot stand here; there are {%% if %%} and {%% unless %%}")
        return _at(error, words % {"tag": token.value})
    if token and token.kind == TOKEN_EOF and token.value.startswith("{{"):
        return _at(error, _("{{ is not closed: two braces are missing where it ends"))
    reason = _("what stands between the braces cannot be read")
    if error.context():
        return _at(error, reason)
    token = Token(TOKEN_EOF, "", _piece_with(str(error), source), source)
    return _at(LiquidError(token=token), reason)


def _piece_with(complaint: str, source: str) -> int:
    """Where the first piece in braces begins with which the parser complains like that."""

    def is_wrong(piece: re.Match[str]) -> bool:
        try:
            _ENVIRONMENT.from_string(source[: piece.end()])
        except LiquidError as error:
            return str(error) == complaint
        return False

    pieces = list(_IN_BRACES.finditer(source))
    wrong = pieces[bisect_left(pieces, True, key=is_wrong) :]
    return wrong[0].start() if wrong else 0


def _unclosed(source: str) -> Token | None:
    """The innermost tag that nothing closes."""
    opened: list[Token] = []
    for token in _ENVIRONMENT.tokenizer()(source):
        if token.kind == TOKEN_TAG and token.value in _AROUND:
            opened.append(token)
        elif token.kind == TOKEN_TAG and token.value.startswith("end") and opened:
            opened.pop()
    return opened[-1] if opened else None


def _name(error: UndefinedError) -> str:
    return error.token.value if error.token else ""


def _at(error: LiquidError, reason: str) -> str:
    if not (place := error.context()):
        return reason
    # Liquid counts lines from one and columns from nought.
    return _("Line %(line)s, column %(column)s: %(reason)s.") % {
        "line": place[0],
        "column": place[1] + 1,
        "reason": reason,
    }
