"""What incidents raise an alarm about, where whoever watches the machine looks."""

from django.utils import timezone

from incidents.services import unreached
from messaging.services import vitals


def _count() -> int:
    return len(unreached.everywhere(now=timezone.now()))


vitals.register(
    vitals.Watch(
        what="nobody",
        count=_count,
        words="Incidents that no one can be called about: %(number)d. Customers are about to wait"
        " in vain. The first page of the admin says why, and what to do.",
        gauge="nobody_to_call",
        about="Incidents that nobody can be called about, while customers wait",
    )
)
