"""Liquid placeholders in untrusted templates: flat strings, allow-listed tags, bounded work."""

from collections.abc import Mapping
from functools import lru_cache

import liquid
from django.utils.translation import gettext as _
from liquid import StrictUndefined
from liquid.exceptions import LiquidError

from audiences.models import Detail
from messaging import merging

FACTS = {
    *("title", "status", "impact", "components", "update", "technical", "next_update", "started"),
    *("resolved", "effect", "workaround", "incident_url", "organisation"),
    *("scheduled_for", "scheduled_until", "self_help"),
    # Of a maintenance: how it is done, and the times it had before.
    *("work", "risk", "rollback", "old_for", "old_until", "reason"),
    # A promise to customers that was delivered.
    *("commitment", "outcome"),
}
# Means something in our own letters alone.
_NOT_FOR_TEMPLATES = {"confirm_url"}
# Stand in technical variants only; rendering leaves them empty everywhere else.
INTERNAL = {"technical"}
_TAGS = frozenset(("if", "unless", "comment", "content", "output", "illegal"))
_FILTERS = frozenset(("default", "upcase", "downcase", "capitalize", "strip", "truncate"))


class BadTemplate(ValueError):
    """The template cannot be used; the message names the place and the reason."""


class _Environment(liquid.Environment):
    output_stream_limit = 256_000
    context_depth_limit = 10

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.tags = {name: tag for name, tag in self.tags.items() if name in _TAGS}
        self.filters = {name: self.filters[name] for name in _FILTERS}


_ENVIRONMENT = _Environment(undefined=StrictUndefined)


@lru_cache(maxsize=128)
def _parsed(source: str) -> liquid.BoundTemplate:
    """The same few texts are filled again and again; parsing is most of that."""
    return _ENVIRONMENT.from_string(source)


def fill(source: str, values: Mapping[str, str]) -> str:
    """Put the values in; an empty value counts as missing for `{% if %}`.

    :raises BadTemplate: unknown placeholder, syntax error, or too much output.
    """
    try:
        return _parsed(source).render(**{name: value or None for name, value in values.items()})
    except LiquidError as error:
        raise BadTemplate(str(error)) from error


def check(source: str, *, detail: str = Detail.PUBLIC) -> None:
    """Refuse on save what would fail at night, or tell the public what is internal.

    :raises BadTemplate: says which placeholder or tag, and where.
    """
    known = (FACTS | set(merging.FIELDS)) - _NOT_FOR_TEMPLATES
    known -= INTERNAL if detail == Detail.PUBLIC else set()
    try:
        used = _ENVIRONMENT.from_string(source).analyze().globals
    except LiquidError as error:
        raise BadTemplate(str(error)) from error
    for name, places in used.items():
        if name not in known:
            line, column = places[0].span.line_col(source) if places else (1, 1)
            raise BadTemplate(
                _("Line %(line)s, column %(column)s: no {{ %(name)s }} here. Known are %(known)s.")
                % {"line": line, "column": column, "name": name, "known": ", ".join(sorted(known))}
            )
    fill(source, dict.fromkeys(known, "x"))
