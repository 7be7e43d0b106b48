"""A plan's own words: pre-approved, and to be said when nobody is there to look at them."""

from collections.abc import Mapping

from incidents.models import PlanStep
from incidents.models.plans import Kind
from messaging.models import Template
from messaging.services import placeholders, rendering

Trigger = PlanStep.Trigger
# The stage whose facts are known when a step of this trigger speaks.
_STAGES: Mapping[str, Template.Stage] = {
    Trigger.STARTS: Template.Stage.REMINDER,
    Trigger.ENDS: Template.Stage.OVERRUN,
    Trigger.MOVED: Template.Stage.MOVED,
    Trigger.EXTENDED: Template.Stage.EXTENDED,
    Trigger.DELIVERED: Template.Stage.COMMITMENT,
}


def check(text: str, *, trigger: str, kind: str) -> None:
    """Whether a statement can be said at its moment, in an incident of this kind.

    :raises BadTemplate: says what cannot be said, where, and how to mend it.
    """
    opens_maintenance = trigger == Trigger.OPENED and kind == Kind.MAINTENANCE
    stage = Template.Stage.ANNOUNCE if opens_maintenance else _STAGES.get(trigger, "")
    # The statement is the update.
    placeholders.check(text, sure=placeholders.known_at(stage) - {"update"})
    rendering.fill_statement(text, dict.fromkeys(placeholders.FACTS, "x"))
