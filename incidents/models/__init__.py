from incidents.models.afterwards import Commitment, CommitmentMove, PlanReview, Postmortem
from incidents.models.approvals import Approval
from incidents.models.components import Component, ComponentGroup, Impact
from incidents.models.drills import Drill
from incidents.models.duty_calls import DutyCall, Handover
from incidents.models.improvements import Improvement
from incidents.models.incidents import Incident, IncidentComponent
from incidents.models.plans import LeadTime, Plan, Rhythm
from incidents.models.schedule import (
    Blackout,
    MaintenanceOccurrence,
    MaintenanceSeries,
    ScheduleChange,
)
from incidents.models.staff import Absence, Duty, OnCallHours, Responder
from incidents.models.status import Status
from incidents.models.steps import PlanStep
from incidents.models.timeline import TimelineEntry
from incidents.models.updates import Promise, Update, UpdateComponent

__all__ = [
    "Absence",
    "Approval",
    "Blackout",
    "Commitment",
    "CommitmentMove",
    "Component",
    "ComponentGroup",
    "Drill",
    "Duty",
    "DutyCall",
    "Handover",
    "Impact",
    "Improvement",
    "Incident",
    "IncidentComponent",
    "LeadTime",
    "MaintenanceOccurrence",
    "MaintenanceSeries",
    "OnCallHours",
    "Plan",
    "PlanReview",
    "PlanStep",
    "Postmortem",
    "Promise",
    "Responder",
    "Rhythm",
    "ScheduleChange",
    "Status",
    "TimelineEntry",
    "Update",
    "UpdateComponent",
]
