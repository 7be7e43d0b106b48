"""Approve, skip or tick off a waiting entry of a timeline; only ever by POST."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from audiences.admin.base import actor
from incidents.models import PlanStep, TimelineEntry
from incidents.services import release
from messaging.services.placeholders import CannotSay


@require_POST
def decide(
    request: HttpRequest, *, object_id: str, entry_id: int, model_admin: Any
) -> HttpResponse:
    incident = model_admin.get_object(request, object_id)
    entry = (
        TimelineEntry.objects.filter(pk=entry_id, incident=incident).select_related("step").first()
    )
    if incident is None or entry is None:
        raise Http404
    if not may_decide(request, entry, model_admin):
        raise PermissionDenied
    try:
        _perform(request, entry)
    except release.NotWaiting:
        messages.warning(
            request, _("Nothing was changed: this step has been decided in the meantime.")
        )
    except CannotSay as error:
        messages.error(
            request,
            _(
                "Nothing was sent: the message of this step cannot be made (%(error)s). Mend it,"
                " then approve again."
            )
            % {"error": error},
        )
    return HttpResponseRedirect(reverse("admin:incidents_incident_room", args=[incident.pk]))


def may_decide(request: HttpRequest, entry: TimelineEntry, model_admin: Any) -> bool:
    """Messages to customers are for those who lead; a task also for whoever looks after it."""
    is_task = entry.step.who == PlanStep.Who.TASK
    may_tick_off = request.user.has_perm("incidents.change_timelineentry")
    leads: bool = model_admin.has_change_permission(request, entry.incident)
    return leads or (is_task and may_tick_off)


def _perform(request: HttpRequest, entry: TimelineEntry) -> None:
    by, now = actor(request), timezone.now()
    words = request.POST.get("words", "").strip()
    match request.POST.get("decision"):
        case "approve":
            release.approve(entry=entry, by=by, now=now)
            messages.success(request, _("Approved: it is going out now."))
        case "complete" if words:
            release.complete(entry=entry, by=by, outcome=words, now=now)
            messages.success(request, _("Done, and what came of it is noted."))
        case "skip" if words:
            release.skip(entry=entry, by=by, reason=words)
            messages.success(request, _("Skipped; the reason is kept in the timeline."))
        case "complete":
            messages.error(request, _("Nothing was changed: say in a few words what came of it."))
        case _:
            messages.error(request, _("Nothing was changed: say why this step is skipped."))
