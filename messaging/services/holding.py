"""What has to stand still because the database is behind what was really sent."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now

from messaging.models import Broadcast, Delivery
from messaging.states import State


@dataclass(frozen=True)
class Held:
    """How many broadcasts were paused, and how many deliveries nobody can be sure of."""

    broadcasts: int
    unknown: int


@transaction.atomic
def hold(*, because: str) -> Held:
    """Pause every broadcast at work; what was being sent becomes `unknown`.

    Nothing goes out until a person resumes or cancels each broadcast. Harmless when repeated.
    """
    at_work = Broadcast.objects.filter(state=Broadcast.State.SENDING)
    paused = at_work.update(state=Broadcast.State.PAUSED, pause_reason=because[:500])
    sending = Delivery.objects.filter(state=State.SENDING)
    unknown = sending.move(State.UNKNOWN, final_at=Now(), error_code="held")
    return Held(paused, unknown)
