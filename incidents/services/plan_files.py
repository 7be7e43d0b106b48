"""A plan as one readable YAML file: out, in, and back the same.

Whatever is wrong with a file is said all at once, each with the place where it is; lists are
counted from 1. Nothing is stored of a file that has mistakes.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import yaml
from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from yaml.composer import ComposerError

from incidents.models import Duty, Plan
from incidents.services import plan_document, plan_objections
from incidents.services.plan_document import LISTS, PLAN, Document, Field, Values
from incidents.services.plan_values import Several, Wrong

MAX_BYTES = 512_000
_REVIEW_AFTER = timedelta(days=90)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class BadPlanFile(ValueError):
    """The file cannot become a plan; `mistakes` say where and why, and what would be right."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class _Loader(yaml.SafeLoader):
    """Where YAML would let the last of two values win, or take what no database stores: refuse."""

    def compose_mapping_node(self, anchor: Any) -> Any:
        node = super().compose_mapping_node(anchor)
        names = [key.value for key, _value in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := next((name for name, count in Counter(names).items() if count > 1), None):
            words = _("“%(name)s” is there twice") % {"name": twice[:60]}
            raise ComposerError(None, None, words, node.start_mark)
        return node

    def compose_scalar_node(self, anchor: Any) -> Any:
        node = super().compose_scalar_node(anchor)
        if _UNSTORABLE.search(node.value):
            words = _("a character that cannot be stored")
            raise ComposerError(None, None, words, node.start_mark)
        return node


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def write(plan: Plan) -> str:
    """A version of a plan as a file; what is as everybody expects it is left out."""
    document = plan_document.of(plan)
    content: dict[str, Any] = _written(PLAN, document.plan)
    content["duties"] = list(document.duties)
    for key, (fields, _model) in LISTS.items():
        if rows := getattr(document, key):
            content[key] = [_written(fields, row) for row in rows]
    return yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


def _written(fields: Sequence[Field], values: Values) -> dict[str, Any]:
    return {
        one.key: one.kind.write(values[one.key])
        for one in fields
        if one.is_needed or values[one.key] != one.default
    }


@dataclass
class _Reader:
    language: str
    mistakes: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)

    def values(self, fields: Sequence[Field], raw: Any, place: str, *more: str) -> dict[str, Any]:
        """One mapping; whatever is missing has its default."""
        if not isinstance(raw, dict):
            self._note(_("%(place)s: must be keys with values"), place)
            return {}
        known = [*(one.key for one in fields), *more]
        for key in raw:
            if key not in known:
                sentence = _("%(place)s: unknown key; known are %(known)s")
                self._note(
                    sentence, plan_document.place(place, str(key)[:60]), known=", ".join(known)
                )
        return {one.key: self._given(one, raw, place) for one in fields}

    def _given(self, one: Field, raw: Mapping[str, Any], place: str) -> Any:
        """A key without a value means none, where there can be none."""
        if one.key in raw and raw[one.key] is None and one.may_be_empty:
            return None
        return self.value(one, raw.get(one.key), place)

    def value(self, one: Field, raw: Any, place: str) -> Any:
        if raw is None:
            if one.is_needed:
                self._note(_("%(place)s: is missing"), plan_document.place(place, one.key))
            return one.default
        try:
            return one.kind.read(raw, self.language)
        except Wrong as wrong:
            self._note(
                "%(place)s: %(words)s", plan_document.place(place, one.key), words=str(wrong)
            )
            return one.default

    def rows(self, fields: Sequence[Field], raw: Any, place: str) -> list[dict[str, Any]]:
        if not isinstance(raw, list):
            self._note(_("%(place)s: must be a list"), place)
            return []
        return [self.values(fields, one, f"{place}[{number}]") for number, one in enumerate(raw, 1)]

    def _note(self, sentence: str, place: str, **more: str) -> None:
        self.mistakes.append(sentence % {"place": place, **more})
        self.places.add(place)


def parse(text: str) -> dict[str, Any]:
    """The file as it stands, not yet understood.

    :raises BadPlanFile: it is no YAML, or no mapping.
    """
    try:
        raw = yaml.load(text, Loader=_Loader)
    # An impossible date is a plain ValueError, a deep nest a RecursionError.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        words = _("This is no YAML that can be read: %(error)s") % {"error": str(error)[:500]}
        raise BadPlanFile([words]) from error
    if not isinstance(raw, dict):
        raise BadPlanFile([_("A plan's file begins with keys and values, like “plan: outage”.")])
    return raw


def read(
    raw: Mapping[str, Any], *, by: User, now: datetime, language: str = settings.LANGUAGE_CODE
) -> Document:
    """Understand a file. Where it names nobody, the people of the version before stay; those of a
    new plan are whoever reads it in.

    :raises BadPlanFile: with everything that is wrong with it.
    """
    reader = _Reader(language)
    plan = reader.values(PLAN, dict(raw), "", "duties", *LISTS)
    owner, led_by = _people(plan.get("plan"), by)
    plan["owner"] = plan["owner"] or owner
    plan["review_on"] = plan["review_on"] or (now + _REVIEW_AFTER).date()
    lists = {
        key: reader.rows(fields, raw.get(key) or [], key) for key, (fields, _model) in LISTS.items()
    }
    several = Several(plan_document.DUTY.kind, is_ordered=True)
    duties = Field("duties", "user", several, Duty)
    named = reader.value(duties, raw["duties"], "") if raw.get("duties") is not None else led_by
    document = Document(plan=plan, duties=named, **lists)
    objections = plan_objections.of(document=document, unread=reader.places)
    if mistakes := [*reader.mistakes, *objections]:
        raise BadPlanFile(mistakes)
    return document


def _people(slug: str | None, by: User) -> tuple[str, list[str]]:
    """Who owns a plan so far, and who leads under it, in order."""
    before = Plan.objects.filter(slug=slug).select_related("owner").order_by("version").last()
    if before is None:
        return str(by.get_username()), [str(by.get_username())]
    duties = before.duties.order_by("position").values_list("user__username", flat=True)
    return str(before.owner.get_username()), list(duties)
