"""What can be put into a template, and what stands there then: the list beside its editor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from audiences.models import Detail
from messaging import merging
from messaging.models import Template
from messaging.services import placeholders

# In the order in which one tells it.
EXPLANATIONS: Mapping[str, Any] = {
    "salutation": _("the greeting, with the reader’s name where it is known"),
    "title": _("what the incident, the maintenance or the survey is called"),
    "update": _("what was written for this message, or the plan’s pre-approved statement"),
    "technical": _("the technical detail, for internal readers only"),
    "status": _("the status, such as “identified”"),
    "impact": _("how bad it is, such as “major”"),
    "components": _("the affected services"),
    "effect": _("what customers notice"),
    "scope": _("who is affected, and who is not"),
    "action": _("what you do about it"),
    "workaround": _("what customers can do meanwhile"),
    "self_help": _("instructions and pages that help at once"),
    "cause": _("the cause in plain words, once the status says that it is known"),
    "technical_cause": _("the technical cause, for internal readers only"),
    "systems": _("the machines and programs behind it, for internal readers only"),
    "started": _("since when it has been going on"),
    "resolved": _("when it was over"),
    "next_update": _("when you promised to write again"),
    "scheduled_for": _("when the maintenance begins"),
    "scheduled_until": _("when the maintenance ends"),
    "old_for": _("when the maintenance was to begin before it was moved"),
    "old_until": _("when the maintenance was to end before it was moved or extended"),
    "rolled_back": _("when the maintenance was rolled back"),
    "reason": _("why it was moved, extended, cancelled or rolled back"),
    "work": _("what is done in the maintenance"),
    "risk": _("what could go wrong in the maintenance"),
    "rollback": _("how the maintenance is undone if it fails"),
    "commitment": _("what you promised customers after an incident"),
    "outcome": _("what customers got of that promise"),
    "wrong_at": _("when the message that is put right was written"),
    "what": _("to our own people: what is due, or what they are to do"),
    "due": _("to our own people: until when, on their own clocks"),
    "why": _("to our own people: why they are called, and what happens if they do nothing"),
    "instructions": _("to our own people: how a task is to be done"),
    "can_reply": _("to our own people: whether a text message is answered by reply; ask with “if”"),
    "duty_url": _("to our own people: the address where they answer"),
    "incident_url": _("the address of the incident’s public page"),
    "organisation": _("the name of your organisation"),
    "support": _("how to reach you, with the hours at that moment"),
    "intro": _("the survey’s introduction"),
    "question": _("the survey’s first question, with a link for each answer"),
    "feedback_url": _("the reader’s own link to the survey"),
    "preferences_url": _("the reader’s own link to their settings"),
    "unsubscribe_url": _("the reader’s own link to unsubscribe"),
}


@dataclass(frozen=True)
class Insertable:
    name: str
    explanation: Any
    # Stands in technical variants only.
    is_internal: bool
    # The stages at which it is never empty.
    sure_at: Sequence[str]

    @property
    def written(self) -> str:
        return f"{{{{ {self.name} }}}}"


def all_of_them() -> list[Insertable]:
    return [
        Insertable(
            name,
            explanation,
            is_internal=name in placeholders.INTERNAL,
            sure_at=[stage for stage in Template.Stage.values if _is_sure(name, stage)],
        )
        for name, explanation in EXPLANATIONS.items()
        if name in placeholders.insertable(detail=Detail.TECHNICAL)
    ]


def _is_sure(name: str, stage: str) -> bool:
    # What differs per reader is merged when the rest is there.
    return name in merging.FIELDS or name in placeholders.known_at(stage)
