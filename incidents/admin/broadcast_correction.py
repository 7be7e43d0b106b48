"""On a message's page: where what it said is put right."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from audiences.admin import panels
from incidents.admin.room_thread import where_to_correct
from incidents.models import TimelineEntry
from messaging.models import Broadcast


def _show(request: HttpRequest, broadcast: Broadcast) -> Mapping[str, Any] | None:
    if not request.user.has_perm("incidents.change_incident"):
        return None
    told = TimelineEntry.objects.select_related("incident", "update", "broadcast")
    entry = told.filter(broadcast=broadcast).first()
    if entry is None or entry.incident.is_ended_drill:
        return None
    address = where_to_correct(entry)
    return {"address": address} if address else None


panels.register("admin/incidents/broadcast_correction.html", _show, below=Broadcast)
