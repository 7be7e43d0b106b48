from incidents.models.afterwards import Commitment, Drill, PlanReview, Postmortem
from incidents.models.components import Component, ComponentGroup, Impact
from incidents.models.incidents import Incident, IncidentComponent, Status, Update, UpdateComponent
from incidents.models.plans import Duty, Plan, PlanStep
from incidents.models.timeline import TimelineEntry

__all__ = [
    "Commitment",
    "Component",
    "ComponentGroup",
    "Drill",
    "Duty",
    "Impact",
    "Incident",
    "IncidentComponent",
    "Plan",
    "PlanReview",
    "PlanStep",
    "Postmortem",
    "Status",
    "TimelineEntry",
    "Update",
    "UpdateComponent",
]
