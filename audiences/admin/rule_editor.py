"""The rule of a segment: JSON with an editor over it; without a script the JSON stays."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminExpandableTextareaWidget

from audiences import rules
from audiences.admin.typed_json import TypedJSONField
from audiences.models import Channel, Contact, Segment
from audiences.rules import fields
from audiences.services import counting, uses
from audiences.services.counting import Count

MAX_CHARACTERS = 20_000
# Looked through for names of attributes, and how many of anything are offered.
LATEST, OFFERED = 500, 200
PATIENCE_SECONDS = 0.7


class RuleField(TypedJSONField):
    unusable = gettext_lazy("This rule cannot be used.")

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > MAX_CHARACTERS:
            raise ValidationError(
                _("A rule has at most %(limit)s characters.") % {"limit": MAX_CHARACTERS}
            )
        rule = super().to_python(value)
        known = uses.components()
        if unknown := [slug for slug in rules.components(rule) if slug not in known]:
            raise ValidationError(_("There is no component “%(slug)s”.") % {"slug": unknown[0]})
        return rule

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return super().prepare_value(value)
        # A new segment begins with an empty rule.
        return json.dumps({} if value is None else value, indent=2, ensure_ascii=False)


class RuleWidget(UnfoldAdminExpandableTextareaWidget):
    class Media:
        js = ("admin-rule.js",)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["attrs"] |= {"data-rule": json.dumps(_offer()), "spellcheck": "false"}
        return context


def check(request: HttpRequest, *, may_edit: bool) -> JsonResponse:
    """What a rule that is being typed says, and how many people it names; saves nothing."""
    if request.method != "POST" or not may_edit:
        return JsonResponse({"error": _("You may not edit segments.")}, status=403)
    pk = request.POST.get("pk", "")
    segment = Segment.objects.filter(pk=int(pk)).first() if pk.isdecimal() else None
    segment = segment or Segment(slug=request.POST.get("slug", ""))
    try:
        segment.rule = RuleField(required=False).clean(request.POST.get("rule", "")) or {}
        with transaction.atomic():
            segment.check_rule()
    except (ValidationError, rules.InvalidRule) as error:
        words = error.messages[0] if isinstance(error, ValidationError) else str(error)
        return JsonResponse({"error": words})
    return JsonResponse({"sentence": sentence(segment), "counts": counts(segment)})


def sentence(segment: Segment) -> str:
    """The rule in words; of one that is not understood, what is wrong with it."""
    others = Segment.objects.filter(slug__in=rules.referenced(segment.rule))
    try:
        return rules.describe(segment.rule, segments=dict(others.values_list("slug", "name")))
    except rules.InvalidRule as error:
        return str(error)


def counts(segment: Segment) -> str:
    return " · ".join(f"{Channel(name).label}: {count(segment, name)}" for name in Channel.values)


def count(segment: Segment, channel: str) -> str:
    try:
        counted = counting.members(segment=segment, channel=channel, seconds=PATIENCE_SECONDS)
    except rules.InvalidRule:
        return "–"
    return spoken(counted)


def spoken(counted: Count) -> str:
    number = formats.number_format(counted.number, force_grouping=True)
    return number if counted.is_exact else _("about %(number)s") % {"number": number}


def _offer() -> dict[str, Any]:
    """What the editor lets choose from, in the current language."""
    return {
        "check": reverse("admin:audiences_segment_rule"),
        "fields": [
            {
                "name": name,
                "label": str(column.label),
                "operators": column.operators,
                "choices": column.choices,
            }
            for name, column in fields.COLUMNS.items()
        ],
        "attributeOperators": fields.OF_ATTRIBUTE,
        "attributes": _attributes(),
        "components": sorted(uses.components())[:OFFERED],
        "segments": dict(
            Segment.objects.in_use().order_by("name").values_list("slug", "name")[:OFFERED]
        ),
        "words": _words(),
    }


def _attributes() -> list[str]:
    """Names in the latest profiles, the most common first."""
    latest = Contact.objects.order_by("-pk").values_list("attributes", flat=True)[:LATEST]
    found = Counter(name for one in latest for name in one)
    known = [
        name for name, _number in found.most_common() if fields.attribute(f"attributes.{name}")
    ]
    return known[:OFFERED]


def _words() -> Mapping[str, str]:
    return {
        "all": _("all of these are true"),
        "any": _("at least one of these is true"),
        "notAll": _("not all of these are true"),
        "notAny": _("none of these is true"),
        "attribute": _("attribute…"),
        "attributeName": _("Name of the attribute"),
        "uses": _("account uses the service"),
        "in_segment": _("segment"),
        "field": _("What is asked"),
        "test": _("Test"),
        "value": _("Value"),
        "values": _("Values, one per line"),
        "date": _("2026-01-31 or 30 days ago"),
        "group": _("Group of conditions"),
        "addCondition": _("Add a condition"),
        "addGroup": _("Add a group"),
        "remove": _("Remove"),
        "empty": _("Without a condition, members come by subscription only."),
        "asText": _("Rule as text"),
        "unreadable": _("This text is no rule yet: correct it here."),
        "unreachable": _("The server cannot be asked at the moment."),
        "equals": _("is"),
        "!equals": _("is not"),
        "one_of": _("is one of"),
        "!one_of": _("is none of"),
        "contains": _("contains"),
        "!contains": _("does not contain"),
        "exists": _("is known"),
        "!exists": _("is not known"),
        "before": _("is before"),
        "!before": _("is not before"),
        "after": _("is after"),
        "!after": _("is not after"),
        "less": _("is less than"),
        "!less": _("is not less than"),
        "more": _("is more than"),
        "!more": _("is not more than"),
        "is": _("is"),
        "!is": _("is not"),
    }
