"""Which colour a state gets, everywhere in the admin."""

from audiences.admin.colours import coloured
from incidents.models import (
    Approval,
    Component,
    Impact,
    Plan,
    Postmortem,
    Promise,
    Status,
    TimelineEntry,
)

STATUS = coloured(
    {
        Status.INVESTIGATING: "danger",
        Status.IDENTIFIED: "warning",
        Status.MONITORING: "info",
        Status.RESOLVED: "success",
        Status.POSTMORTEM: "success",
        Status.SCHEDULED: "info",
        Status.IN_PROGRESS: "warning",
        Status.VERIFYING: "info",
        Status.COMPLETED: "success",
    }
)
IMPACT = coloured(
    {
        Impact.CRITICAL: "danger",
        Impact.MAJOR: "warning",
        Impact.MINOR: "info",
        Impact.MAINTENANCE: "primary",
    }
)
COMPONENT = coloured(
    {
        Component.Status.OPERATIONAL: "success",
        Component.Status.UNDER_MAINTENANCE: "primary",
        Component.Status.DEGRADED_PERFORMANCE: "info",
        Component.Status.PARTIAL_OUTAGE: "warning",
        Component.Status.MAJOR_OUTAGE: "danger",
    }
)
ENTRY = coloured(
    {
        TimelineEntry.State.PLANNED: "info",
        TimelineEntry.State.WAITING: "warning",
        TimelineEntry.State.DONE: "success",
        TimelineEntry.State.LATE: "warning",
    }
)
PROMISE = coloured(
    {
        Promise.Outcome.OPEN: "info",
        Promise.Outcome.KEPT: "success",
        Promise.Outcome.LATE: "warning",
        Promise.Outcome.BROKEN: "danger",
        Promise.Outcome.CORRECTED: "info",
        Promise.Outcome.VOID: "info",
    }
)
APPROVAL = coloured(
    {
        Approval.Decision.OPEN: "warning",
        Approval.Decision.APPROVED: "success",
        Approval.Decision.PUBLISHED: "info",
        Approval.Decision.HELD: "danger",
        Approval.Decision.REFUSED: "danger",
    }
)
PLAN = coloured({Plan.Status.ACTIVE: "success", Plan.Status.DRAFT: "warning"})
POSTMORTEM = coloured(
    {
        Postmortem.State.DRAFT: "warning",
        Postmortem.State.REVIEW: "info",
        Postmortem.State.PUBLISHED: "success",
    }
)
SCORE = coloured({"good": "success", "fair": "warning", "poor": "danger"})
