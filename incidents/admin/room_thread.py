"""What was said in an incident so far, as its readers see it."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.urls import reverse
from django.utils.safestring import SafeString

from audiences.admin.moments import brief
from audiences.colleagues import called
from audiences.languages import spoken
from incidents.admin import labels
from incidents.admin.wording import as_read
from incidents.models import Incident, Status, TimelineEntry, Update
from messaging.models import Broadcast


@dataclass(frozen=True)
class Said:
    """One update of the thread, as its readers see it."""

    update: Update
    public: SafeString
    technical: SafeString
    seen_at: datetime

    @property
    def at(self) -> str:
        return brief(self.update.published_at, self.seen_at)

    @property
    def promised(self) -> str:
        return brief(self.update.promised_at, self.seen_at)

    @property
    def corrected(self) -> list[tuple[str, str, SafeString]]:
        """Each correction: when, by whom, and what had been said before; the newest first."""
        return [
            (
                brief(right.published_at, self.seen_at),
                called(right.published_by) if right.published_by else "",
                as_read(spoken(wrong.public_text)),
            )
            for wrong, right in reversed(list(pairwise(self.update.versions)))
        ]

    @property
    def is_withdrawn(self) -> bool:
        return bool(self.update.as_corrected.withdraws)

    @property
    def correct_address(self) -> str:
        return _address(self.update.incident_id, self.update.pk)

    @property
    def variant(self) -> str:
        return labels.STATUS.get(Status(self.update.status), "")


def where_to_correct(entry: TimelineEntry) -> str:
    """Where what a message said is put right; empty if nowhere."""
    if entry.broadcast is None:
        return ""
    if entry.update is None:
        return reverse("admin:incidents_incident_words", args=[entry.incident_id, entry.pk])
    if entry.broadcast.purpose != Broadcast.Purpose.NOTICE:
        return ""
    return _address(entry.incident_id, entry.update.corrects_id or entry.update.pk)


def where_facts_are_corrected(entry: TimelineEntry, latest: Update | None) -> str:
    """Where the facts are put right that a message has told as the latest update had left them, if
    nobody wrote one for it, such as a reminder; empty if nowhere."""
    if entry.broadcast is None or entry.broadcast.purpose != Broadcast.Purpose.NOTICE:
        return ""
    is_later = latest and entry.released_at and entry.released_at >= latest.published_at
    return _address(entry.incident_id, latest.pk) if latest and is_later else ""


def _address(incident_id: int, update_id: int) -> str:
    return reverse("admin:incidents_incident_correct", args=[incident_id, update_id])


def thread(incident: Incident, clock: datetime) -> list[Said]:
    """What was said so far, newest first."""
    said = (
        incident.updates.published()
        .select_related("published_by")
        .prefetch_related("component_changes__component", "corrections__published_by")
        .order_by("-published_at", "-pk")
    )
    return [
        Said(
            update=update,
            public=as_read(spoken(update.as_corrected.public_text)),
            technical=as_read(spoken(update.as_corrected.technical_text)),
            seen_at=clock,
        )
        for update in said
    ]
