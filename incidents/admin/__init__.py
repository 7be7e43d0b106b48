from incidents.admin.afterwards import CommitmentAdmin, DrillAdmin, PostmortemAdmin
from incidents.admin.components import ComponentAdmin, ComponentGroupAdmin
from incidents.admin.incidents import IncidentAdmin
from incidents.admin.plan_parts import DutyAdmin, PlanStepAdmin
from incidents.admin.plans import PlanAdmin, PlanReviewAdmin
from incidents.admin.records import TimelineEntryAdmin, UpdateAdmin

__all__ = [
    "CommitmentAdmin",
    "ComponentAdmin",
    "ComponentGroupAdmin",
    "DrillAdmin",
    "DutyAdmin",
    "IncidentAdmin",
    "PlanAdmin",
    "PlanReviewAdmin",
    "PlanStepAdmin",
    "PostmortemAdmin",
    "TimelineEntryAdmin",
    "UpdateAdmin",
]
