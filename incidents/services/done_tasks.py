"""Tasks that are done by publishing: ticked off as that happens, with what was said."""

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from audiences.languages import spoken
from incidents.models import PlanStep, Status, TimelineEntry, Update
from incidents.services.timeline import kinds_of

DoneWhen, State = PlanStep.DoneWhen, TimelineEntry.State
_WORDS = 200


def tick_off(*, update: Update) -> None:
    """Note as done what a person was given to do and has done by this update; the caller holds
    the rows of its storm."""
    if update.origin != Update.Origin.PERSON:
        return
    given = TimelineEntry.objects.filter(
        incident__in=update.incident.storm, state=State.WAITING, step__done_when__in=_done(update)
    )
    words = Truncator(spoken(update.public_text)).chars(_WORDS)
    for task in given.select_related("step").prefetch_related("step__segments"):
        if _is_heard(update, task.step):
            task.state, task.note = State.DONE, _("Published: “%(words)s”") % {"words": words}
            task.decided_by, task.released_at = update.published_by, update.published_at
            task.save(update_fields=["state", "note", "decided_by", "released_at"])


def _done(update: Update) -> list[str]:
    is_postmortem = update.status == Status.POSTMORTEM
    return [DoneWhen.UPDATE, DoneWhen.POSTMORTEM] if is_postmortem else [DoneWhen.UPDATE]


def _is_heard(update: Update, step: PlanStep) -> bool:
    """Whether all hear it whom the task is about: everybody, where it names nobody."""
    return not update.audience or kinds_of(step) == {update.audience}
