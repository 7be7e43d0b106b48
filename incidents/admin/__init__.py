from incidents.admin import broadcast_correction as broadcast_correction  # on a message's page
from incidents.admin import comment_filters as comment_filters  # on the list of comments
from incidents.admin import template_use as template_use  # on a template's page
from incidents.admin.afterwards import CommitmentAdmin, PostmortemAdmin
from incidents.admin.approvals import ApprovalAdmin
from incidents.admin.components import ComponentAdmin, ComponentGroupAdmin
from incidents.admin.drills import DrillAdmin
from incidents.admin.improvements import ImprovementAdmin
from incidents.admin.incidents import IncidentAdmin
from incidents.admin.maintenance import BlackoutAdmin, MaintenanceSeriesAdmin
from incidents.admin.plan_parts import DutyAdmin, PlanStepAdmin
from incidents.admin.plans import PlanAdmin
from incidents.admin.records import PromiseAdmin, TimelineEntryAdmin, UpdateAdmin
from incidents.admin.responders import DutyCallAdmin, ResponderAdmin
from incidents.admin.reviews import PlanReviewAdmin
from incidents.services import asked_about as asked_about  # on the pages of results

__all__ = [
    "ApprovalAdmin",
    "BlackoutAdmin",
    "CommitmentAdmin",
    "ComponentAdmin",
    "ComponentGroupAdmin",
    "DrillAdmin",
    "DutyAdmin",
    "DutyCallAdmin",
    "ImprovementAdmin",
    "IncidentAdmin",
    "MaintenanceSeriesAdmin",
    "PlanAdmin",
    "PlanReviewAdmin",
    "PlanStepAdmin",
    "PostmortemAdmin",
    "PromiseAdmin",
    "ResponderAdmin",
    "TimelineEntryAdmin",
    "UpdateAdmin",
]
