from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from audiences.models import Channel, Contact, Suppression, address_field
from audiences.services.erased import is_erased, is_mark
from audiences.services.spelling import as_stored


class CannotLift(ValueError):
    """The suppression stays; the message says why."""


def suppress(
    *, channel: str, address: str, reason: str, note: str = "", now: datetime
) -> Suppression | None:
    """Stop writing to an address on a channel for this reason, besides those it has already.

    Doing it twice keeps the first time and note. Of somebody who was erased nothing is noted down
    again, and None returned: nobody writes to them.
    """
    name, stored = Channel(channel).value, as_stored(channel, address)
    if is_mark(stored) or _is_nobodys(name, stored):
        return None
    suppression, _created = Suppression.objects.active().get_or_create(
        channel=name,
        address=stored,
        reason=Suppression.Reason(reason).value,
        lifted_at=None,
        defaults={"note": note[:500], "created_at": now},
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


def still_against(*, suppression: Suppression) -> list[Suppression]:
    """What else stands against the same address on the same channel."""
    same = Suppression.objects.active().filter(
        channel=suppression.channel, address=suppression.address
    )
    return list(same.exclude(pk=suppression.pk).order_by("created_at"))


def lift_stop(*, channel: str, address: str, because: str, now: datetime) -> bool:
    """Take back a STOP because the address's owner asks for it; False when there is none.

    Whatever else stands against the address stays: its owner cannot undo a bounce.
    """
    stops = Suppression.objects.active().filter(
        channel=channel, address=as_stored(channel, address), reason=Suppression.Reason.STOP
    )
    return bool(stops.update(lifted_at=now, lifted_because=because[:500]))


def _is_nobodys(channel: str, address: str) -> bool:
    """Erased, and not taken up again: a contact that has it after all is protected as any other."""
    if not is_erased(channel=channel, address=address):
        return False
    return not Contact.objects.filter(**{address_field(channel): address}).exists()
