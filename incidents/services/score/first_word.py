"""When customers could first have had a word of ours: published is not handed over."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Prefetch

from incidents.models import Incident, TimelineEntry, Update
from incidents.services import silences
from messaging.services import progress

State = TimelineEntry.State
_ENTRIES = TimelineEntry.objects.filter(
    update__isnull=False,
    step__survey=None,
    state__in=[State.PLANNED, State.WAITING, State.DONE, State.LATE],
).only(
    *("incident", "update__corrects", "state", "step__tells_affected"),
    *("broadcast__counts", "broadcast__frozen_at", "broadcast__state", "broadcast__pause_reason"),
)
# What `heard_at()` reads of incidents.
READ = Prefetch(
    "timeline",
    _ENTRIES.select_related("step", "broadcast", "update").prefetch_related("step__segments"),
    to_attr="telling",
)


def heard_at(incident: Incident, published: Sequence[Update]) -> datetime | None:
    """When the first message of what was published was handed over; None as long as none was.

    Where nobody was to be written to, customers had it when it stood on the status page. An
    exercise has a clock of its own, which no sender knows: there the publication counts.
    """
    if not incident.has_real_time:
        return min((one.published_at for one in published), default=None)
    entries: dict[int | None, list[TimelineEntry]] = defaultdict(list)
    for entry in incident.telling:  # type: ignore[attr-defined]
        if entry.update and silences.tells_customers(entry.step):
            # Corrected before it was told, it was heard in that version.
            entries[entry.update.corrects_id or entry.update_id].append(entry)
    moments = (_handed_over(update, entries[update.pk]) for update in published)
    return min((at for at in moments if at), default=None)


def _handed_over(update: Update, entries: Sequence[TimelineEntry]) -> datetime | None:
    stands = [
        progress.as_counted(broadcast=entry.broadcast) if entry.broadcast else None
        for entry in entries
    ]
    # Told to customers by no step, it has no entries: then it is for the status page alone.
    if all(one and one.is_frozen and not one.total and one.as_of for one in stands):
        return update.published_at
    accepted = [one.first_accepted_at for one in stands if one and one.first_accepted_at]
    return min(accepted, default=None)
