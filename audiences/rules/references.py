"""Rules that refer to segments with rules: no circle, and bounded as a whole."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from audiences.rules.parsing import parse
from audiences.rules.tree import InSegment, InvalidRule, Leaf, Uses, leaves

MAX_STEPS = 5
MAX_CONDITIONS = 300


def referenced(rule: Any) -> list[str]:
    """The slugs of the segments a rule refers to, once each; none of one that is not understood."""
    return list(dict.fromkeys(leaf.slug for leaf in _leaves(rule) if isinstance(leaf, InSegment)))


def components(rule: Any) -> list[str]:
    """The slugs of the components a rule asks about, once each."""
    return list(dict.fromkeys(leaf.component for leaf in _leaves(rule) if isinstance(leaf, Uses)))


def _leaves(rule: Any) -> Iterator[Leaf]:
    try:
        node = parse(rule)
    except InvalidRule:
        return
    if node:
        yield from leaves(node)


def leading_to(slug: str, rules: Mapping[str, Any]) -> list[str]:
    """The segments whose rules refer to one, themselves or through others."""
    refers_to = {name: referenced(rule) for name, rule in rules.items()}
    found = {slug}
    while more := {name for name, to in refers_to.items() if found & set(to)} - found:
        found |= more
    return sorted(found - {slug})


def check_references(slug: str, rules: Mapping[str, Any]) -> None:
    """Follow everything that a segment's rule leads to; `rules` are all segments' by slug.

    :raises InvalidRule: it leads back, too far or to too much, or to a segment that is not there.
    """
    for count, _condition in enumerate(_follow(slug, rules, (slug,)), start=1):
        if count > MAX_CONDITIONS:
            raise InvalidRule(
                _(
                    "The rule of “%(slug)s” has more than %(limit)s conditions together with the"
                    " segments it refers to."
                )
                % {"slug": slug, "limit": MAX_CONDITIONS}
            )


def _follow(slug: str, rules: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    node = parse(rules[slug])
    for leaf in leaves(node) if node else ():
        yield slug
        if isinstance(leaf, InSegment):
            _check_step(leaf.slug, rules, path)
            yield from _follow(leaf.slug, rules, (*path, leaf.slug))


def _check_step(slug: str, rules: Mapping[str, Any], path: tuple[str, ...]) -> None:
    if slug in path:
        raise InvalidRule(circle((*path, slug)))
    if slug not in rules:
        raise InvalidRule(missing(slug))
    if len(path) > MAX_STEPS:
        raise InvalidRule(
            _("Too many segments refer to one another: %(way)s.") % {"way": _way((*path, slug))}
        )


def circle(path: tuple[str, ...]) -> str:
    return _("The segments refer to each other in a circle: %(way)s.") % {"way": _way(path)}


def missing(slug: str) -> str:
    return _("There is no segment “%(slug)s”.") % {"slug": slug}


def _way(path: tuple[str, ...]) -> str:
    return " → ".join(path)
