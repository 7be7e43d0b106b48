"""A version of a plan as one document of names and plain values: what a file holds, and what two
versions are compared by. It knows no ids, no version number and no state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import models

from audiences import languages
from audiences.models import Account, AudienceKind, Channel, Segment
from feedback.models import Survey
from incidents.models import (
    Component,
    Duty,
    Impact,
    LeadTime,
    Plan,
    PlanStep,
    Rhythm,
    Status,
)
from incidents.models.plans import Kind
from incidents.services.plan_values import (
    TEXTS,
    Choice,
    Day,
    Duration,
    Number,
    OneOf,
    Reference,
    Several,
    Text,
    Truth,
)
from messaging import check
from messaging.models import Template

_DURATION, _SEGMENTS = Duration(), Several(Reference(Segment))
_USER = Reference(User, by="username")
_RULE = OneOf({slug: rule.title for slug, rule in check.RULES.items()})


@dataclass(frozen=True)
class Field:
    """One value: what a file calls it, where it is kept, and what kind of value it is."""

    key: str
    attribute: str
    kind: Any
    model: type[models.Model]
    is_needed: bool = False

    @property
    def is_list(self) -> bool:
        """Whether it is a list of names, not of rows."""
        return isinstance(self.kind, Several) and not _is_relation(self)

    @property
    def label(self) -> str:
        column = self.model._meta.get_field(self.attribute)
        assert isinstance(column, models.Field)
        return str(column.verbose_name)

    @property
    def may_be_empty(self) -> bool:
        column = self.model._meta.get_field(self.attribute)
        return isinstance(column, models.Field) and column.null

    @property
    def default(self) -> Any:
        """What it is when nobody says."""
        column = self.model._meta.get_field(self.attribute)
        if _is_relation(self):
            return []
        if isinstance(self.kind, Reference) or not isinstance(column, models.Field):
            return None
        value = column.get_default()
        return str(value) if isinstance(value, str) else value


def _fields(model: type[models.Model], *rows: tuple[str, str, Any]) -> tuple[Field, ...]:
    return tuple(
        Field(key.rstrip("!"), attribute, kind, model, is_needed=key.endswith("!"))
        for key, attribute, kind in rows
    )


# A key with "!" has to be there.
PLAN = _fields(
    Plan,
    ("plan!", "slug", Text(80)),
    ("name!", "name", Text(200)),
    ("changes", "changes", Text()),
    ("owner", "owner", _USER),
    ("review_on", "review_on", Day()),
    ("kind", "kind", Choice(Kind)),
    ("by_hand", "by_hand", Truth()),
    ("impact_at_least", "minimum_impact", Choice(Impact)),
    ("components", "components", Several(Reference(Component))),
    ("segments", "segments", _SEGMENTS),
    ("first_notice_within", "first_notice_within", _DURATION),
    ("update_every", "update_interval", _DURATION),
    ("slower_after", "slower_after", _DURATION),
    ("slower_every", "slower_interval", _DURATION),
    ("remind_before", "remind_before", _DURATION),
    ("next_person_after", "next_person_after", _DURATION),
    ("approval_within", "approval_within", _DURATION),
    ("publish_unapproved", "publishes_unapproved", Several(Choice(Impact))),
    ("postmortem_within", "postmortem_within", _DURATION),
    ("postmortem_from", "postmortem_impact", Choice(Impact)),
    ("binding_rules", "binding_rules", Several(_RULE)),
)
RHYTHM = _fields(
    Rhythm,
    ("impact", "impact", Choice(Impact)),
    ("audience", "audience", Choice(AudienceKind)),
    ("every!", "interval", _DURATION),
)
LEAD_TIME = _fields(
    LeadTime,
    ("tier!", "tier", Choice(Account.Tier)),
    ("notice!", "notice", _DURATION),
)
DUTY = _fields(Duty, ("user", "user", _USER))[0]
STEP = _fields(
    PlanStep,
    ("name!", "name", Text(200)),
    ("when!", "trigger", Choice(PlanStep.Trigger)),
    ("status", "status", Choice(Status)),
    ("offset", "offset", _DURATION),
    ("repeat_every", "repeat_every", _DURATION),
    ("repeat_limit", "repeat_limit", Number()),
    ("who", "who", Choice(PlanStep.Who)),
    ("role", "role", Choice(PlanStep.Role)),
    ("person", "assignee", _USER),
    ("deadline", "deadline", _DURATION),
    ("instructions", "instructions", Text()),
    ("done_when", "done_when", Choice(PlanStep.DoneWhen)),
    ("segments", "segments", _SEGMENTS),
    ("affected", "tells_affected", Truth()),
    ("channels", "channels", Several(Choice(Channel))),
    ("template", "template", Reference(Template)),
    ("statement", "statement", TEXTS),
    ("survey", "survey", Reference(Survey)),
)
# The lists of a document, and the rows that each becomes.
LISTS: Mapping[str, tuple[Sequence[Field], Any]] = {
    "rhythms": (RHYTHM, Rhythm),
    "lead_times": (LEAD_TIME, LeadTime),
    "steps": (STEP, PlanStep),
}
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Document:
    """Values by the keys above; lists in the order of the file."""

    plan: Values
    duties: Sequence[str]
    rhythms: Sequence[Values]
    lead_times: Sequence[Values]
    steps: Sequence[Values]


def of(plan: Plan) -> Document:
    """The document of a stored version."""
    steps = plan.steps.order_by("position", "pk").select_related("template", "survey", "assignee")
    duties = plan.duties.order_by("position").select_related("user")
    return Document(
        plan=values(PLAN, plan),
        duties=[DUTY.kind.name(duty.user) for duty in duties],
        rhythms=[values(RHYTHM, rhythm) for rhythm in plan.rhythms.order_by("audience", "impact")],
        lead_times=[values(LEAD_TIME, one) for one in plan.lead_times.order_by("tier")],
        steps=[values(STEP, step) for step in steps.prefetch_related("segments")],
    )


def values(fields: Sequence[Field], row: models.Model) -> Values:
    return {field.key: _value(field, row) for field in fields}


def _value(field: Field, row: models.Model) -> Any:
    value = getattr(row, field.attribute)
    if isinstance(field.kind, Reference):
        return field.kind.name(value)
    if field.kind == TEXTS:
        return {code: value[code] for code in languages.codes() if value.get(code)}
    if isinstance(field.kind, Several):
        several = field.kind.of
        is_rows = isinstance(several, Reference)
        return sorted(several.name(one) for one in value.all()) if is_rows else sorted(value)
    return value


def assign(fields: Sequence[Field], row: Any, given: Values) -> None:
    """Put values into a row; its lists of other rows are for relate(), once it is stored."""
    for field in fields:
        value = given[field.key]
        if isinstance(field.kind, Reference):
            value = field.kind.row(value)
        if not _is_relation(field):
            setattr(row, field.attribute, value)


def relate(fields: Sequence[Field], row: Any, given: Values) -> None:
    for field in fields:
        if _is_relation(field):
            model = field.kind.of.model
            rows = model._default_manager.filter(**{f"{field.kind.of.by}__in": given[field.key]})
            getattr(row, field.attribute).set(rows)


def _is_relation(field: Field) -> bool:
    return isinstance(field.kind, Several) and isinstance(field.kind.of, Reference)


def place(where: str, key: str) -> str:
    """How a mistake names the place of a value: `steps[3].template`."""
    return f"{where}.{key}" if where else key
