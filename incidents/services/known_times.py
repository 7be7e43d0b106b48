"""The times of a maintenance as its readers know them."""

from datetime import datetime

from incidents.models import ScheduleChange


def known_before(*, change: ScheduleChange) -> tuple[datetime, datetime]:
    """The times that customers heard of before this change.

    One that was changed again before anybody was told of it was never heard of.
    """
    timeline = change.incident.timeline.filter(released_at__isnull=False)
    told = set(timeline.values_list("schedule_change_id", flat=True))
    earlier = change.incident.schedule_changes.filter(changed_at__lte=change.changed_at)
    times = change.old_for, change.old_until
    for before in earlier.exclude(pk=change.pk).order_by("-changed_at", "-pk"):
        if before.pk in told or before.kind != change.kind:
            break
        times = before.old_for, before.old_until
    return times
