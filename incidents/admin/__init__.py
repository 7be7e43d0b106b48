from incidents.admin.afterwards import CommitmentAdmin, DrillAdmin, PostmortemAdmin
from incidents.admin.components import ComponentAdmin, ComponentGroupAdmin
from incidents.admin.incidents import IncidentAdmin
from incidents.admin.plans import DutyAdmin, PlanAdmin, PlanReviewAdmin, PlanStepAdmin
from incidents.admin.records import TimelineEntryAdmin, UpdateAdmin
from incidents.admin.responders import DutyCallAdmin, ResponderAdmin

__all__ = [
    "CommitmentAdmin",
    "ComponentAdmin",
    "ComponentGroupAdmin",
    "DrillAdmin",
    "DutyAdmin",
    "DutyCallAdmin",
    "IncidentAdmin",
    "PlanAdmin",
    "PlanReviewAdmin",
    "PlanStepAdmin",
    "PostmortemAdmin",
    "ResponderAdmin",
    "TimelineEntryAdmin",
    "UpdateAdmin",
]
