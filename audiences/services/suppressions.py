from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from audiences.models import Channel, Suppression
from audiences.services import addresses


class CannotLift(ValueError):
    """The suppression stays; the message says why."""


def suppress(
    *, channel: str, address: str, reason: str, note: str = "", now: datetime
) -> Suppression:
    """Stop writing to an address on a channel. Doing it twice keeps the first reason and time."""
    suppression, _created = Suppression.objects.active().get_or_create(
        channel=Channel(channel).value,
        address=_as_stored(channel, address),
        lifted_at=None,
        defaults={
            "reason": Suppression.Reason(reason).value,
            "note": note[:500],
            "created_at": now,
        },
    )
    return suppression


def lift(*, suppression: Suppression, by: User, because: str, now: datetime) -> None:
    """Allow writing to the address again; who decided it and why stays on record.

    :raises CannotLift: no reason given, or somebody has lifted it already.
    """
    if not because.strip():
        raise CannotLift(_("Lifting a suppression needs a reason."))
    lifted = Suppression.objects.active().filter(pk=suppression.pk)
    if not lifted.update(lifted_at=now, lifted_by=by, lifted_because=because.strip()[:500]):
        raise CannotLift(_("This suppression has been lifted already."))
    suppression.refresh_from_db()


def lift_stop(*, channel: str, address: str, because: str, now: datetime) -> bool:
    """Take back a STOP because the address's owner asks for it; False when there is none.

    Whatever else stands against the address stays: its owner cannot undo a bounce.
    """
    stops = Suppression.objects.active().filter(
        channel=channel, address=_as_stored(channel, address), reason=Suppression.Reason.STOP
    )
    return bool(stops.update(lifted_at=now, lifted_because=because[:500]))


def _as_stored(channel: str, address: str) -> str:
    """Providers report addresses in their own spelling, and sometimes ones we would refuse."""
    try:
        if channel == Channel.EMAIL:
            return addresses.normalise_email(address)
        return addresses.normalise_phone(address)
    except addresses.InvalidAddress:
        return address.strip().lower()
