"""What incidents may hold about a person: a name in a note of the staff's.

What was published is not touched: it is what everybody read, and names no customer.
"""

from datetime import datetime

from audiences.models import Contact
from audiences.services import personal_data
from audiences.services.personal_data import Person
from audiences.services.traces import Traces
from incidents.models import CommitmentMove, Drill, PlanReview, Postmortem, TimelineEntry


def _collect(contact: Contact) -> list[str]:
    """Notes are not kept by person."""
    return []


def _erase(person: Person, now: datetime) -> None:
    traces = Traces.of(person)
    traces.scrub(TimelineEntry.objects.exclude(note=""), "note")
    traces.scrub(PlanReview.objects.exclude(findings=""), "findings")
    traces.scrub(PlanReview.objects.exclude(question=""), "question")
    traces.scrub(Postmortem.objects.exclude(returned_because=""), "returned_because")
    traces.scrub(CommitmentMove.objects.all(), "reason")
    traces.scrub(Drill.objects.exclude(lessons=""), "lessons")


personal_data.register("notes", collect=_collect, erase=_erase)
