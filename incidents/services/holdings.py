"""What incidents may hold about a person: a name in a note of the staff's.

What was published is not touched: it is what everybody read, and names no customer.
"""

from datetime import datetime

from audiences.models import Contact
from audiences.services import personal_data
from audiences.services.personal_data import Person
from audiences.services.traces import Traces
from incidents.models import Drill, DutyCall, PlanReview, Responder, TimelineEntry


def _collect(contact: Contact) -> list[str]:
    """Notes are not kept by person."""
    return []


def _erase(person: Person, now: datetime) -> None:
    traces = Traces.of(person)
    traces.scrub(TimelineEntry.objects.exclude(note=""), "note")
    traces.scrub(PlanReview.objects.exclude(findings=""), "findings")
    traces.scrub(Drill.objects.exclude(lessons=""), "lessons")
    traces.scrub(DutyCall.objects.exclude(reason=""), "reason")


def _responder(contact: Contact) -> list[str]:
    """That somebody is called, and when not."""
    found = Responder.objects.filter(contact=contact).prefetch_related("on_call", "absences")
    return [str(line) for row in found for line in (row, *row.on_call.all(), *row.absences.all())]


def _dismiss(person: Person, now: datetime) -> None:
    """Whoever is to be forgotten cannot be called."""
    Responder.objects.filter(contact=person.contact_id).delete()


def _move(source: Contact, target: Contact, now: datetime) -> None:
    """One person is called through one contact: that of the target, if it is one already."""
    moved = Responder.objects.filter(contact=source)
    if Responder.objects.filter(contact=target).exists():
        moved.delete()
    else:
        moved.update(contact=target)


personal_data.register("notes", collect=_collect, erase=_erase)
personal_data.register("on call", collect=_responder, erase=_dismiss, move=_move)
