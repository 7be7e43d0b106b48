from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(models.TextChoices):
    INVESTIGATING = "investigating", _("investigating")
    IDENTIFIED = "identified", _("identified")
    MONITORING = "monitoring", _("monitoring")
    RESOLVED = "resolved", _("resolved")
    POSTMORTEM = "postmortem", _("post-mortem")
    SCHEDULED = "scheduled", _("scheduled")
    IN_PROGRESS = "in_progress", _("in progress")
    VERIFYING = "verifying", _("verifying")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", pgettext_lazy("maintenance", "cancelled")


OF_INCIDENT = (
    Status.INVESTIGATING,
    Status.IDENTIFIED,
    Status.MONITORING,
    Status.RESOLVED,
    Status.POSTMORTEM,
)
OF_MAINTENANCE = (
    Status.SCHEDULED,
    Status.IN_PROGRESS,
    Status.VERIFYING,
    Status.COMPLETED,
    Status.CANCELLED,
)
FINAL = (Status.RESOLVED, Status.POSTMORTEM, Status.COMPLETED, Status.CANCELLED)
