"""A plan's own words: pre-approved, and to be said when nobody is there to look at them."""

from collections.abc import Mapping

from incidents.models import PlanStep
from incidents.models.plans import Kind
from messaging.models import Template
from messaging.services import placeholders, rendering
from messaging.services.placeholders import BadTemplate

Trigger = PlanStep.Trigger
# The stage whose facts are known when a step of this trigger speaks.
_STAGES: Mapping[str, Template.Stage] = {
    Trigger.STARTS: Template.Stage.REMINDER,
    Trigger.ENDS: Template.Stage.OVERRUN,
    Trigger.MOVED: Template.Stage.MOVED,
    Trigger.EXTENDED: Template.Stage.EXTENDED,
    Trigger.DELIVERED: Template.Stage.COMMITMENT,
}
# Nothing was written for these moments, and their steps have no statement.
_WITHOUT_UPDATE = frozenset((Trigger.STARTS, Trigger.RESOLVED))


def check(text: str, *, trigger: str, kind: str) -> None:
    """Whether a statement can be said at its moment, in an incident of this kind.

    :raises BadTemplate: says what cannot be said, where, and how to mend it.
    """
    # The statement is the update.
    placeholders.check(text, sure=_known(trigger, kind) - {"update"})
    rendering.fill_statement(text, dict.fromkeys(placeholders.FACTS, "x"))


def check_template(template: Template, *, trigger: str, kind: str) -> None:
    """Whether a step of this trigger can say what a template says, in every variant.

    :raises BadTemplate: names the variant, the place, and how to mend it.
    """
    sure = _known(trigger, kind)
    if trigger in _WITHOUT_UPDATE or template.asks:
        sure -= {"update"}
    if template.asks:
        sure |= {"question"}
    for variant in template.variants.all():
        for text in (variant.subject, variant.body, variant.sms_text, variant.short_text):
            try:
                placeholders.check(text, detail=variant.detail, sure=sure)
            except BadTemplate as bad:
                raise BadTemplate(f"{variant.language}: {bad}") from bad


def _known(trigger: str, kind: str) -> frozenset[str]:
    """The facts that are there whenever a step of this trigger speaks."""
    opens_maintenance = trigger == Trigger.OPENED and kind == Kind.MAINTENANCE
    stage = Template.Stage.ANNOUNCE if opens_maintenance else _STAGES.get(trigger, "")
    return placeholders.known_at(stage)
