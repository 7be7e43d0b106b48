"""What incidents hold about a person: that they are one of our own, who is called."""

from datetime import datetime

from audiences.models import Contact
from audiences.services import personal_data
from audiences.services.personal_data import People
from incidents.models import Responder


def _collect(contact: Contact) -> list[str]:
    """That somebody is called, and when not."""
    found = Responder.objects.filter(contact=contact).prefetch_related("on_call", "absences")
    return [str(line) for row in found for line in (row, *row.on_call.all(), *row.absences.all())]


def _dismiss(people: People, now: datetime) -> None:
    """Whoever is to be forgotten cannot be called."""
    Responder.objects.filter(contact__in=people.numbers).delete()


def _move(source: Contact, target: Contact, now: datetime) -> None:
    """One person is called through one contact: that of the target, if it is one already."""
    moved = Responder.objects.filter(contact=source)
    if Responder.objects.filter(contact=target).exists():
        moved.delete()
    else:
        moved.update(contact=target)


personal_data.register("on call", collect=_collect, erase=_dismiss, move=_move)
