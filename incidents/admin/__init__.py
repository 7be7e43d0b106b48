from incidents.admin.afterwards import CommitmentAdmin, DrillAdmin, PostmortemAdmin
from incidents.admin.approvals import ApprovalAdmin
from incidents.admin.components import ComponentAdmin, ComponentGroupAdmin
from incidents.admin.incidents import IncidentAdmin
from incidents.admin.plans import DutyAdmin, PlanAdmin, PlanReviewAdmin, PlanStepAdmin
from incidents.admin.records import PromiseAdmin, TimelineEntryAdmin, UpdateAdmin

__all__ = [
    "ApprovalAdmin",
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
    "PromiseAdmin",
    "TimelineEntryAdmin",
    "UpdateAdmin",
]
