"""Something wrong is said, sent and put right, minute by minute."""

from datetime import timedelta

from audiences.models import Detail
from incidents.services import corrections, release, updates
from incidents.services.correction_drafts import Correction
from messaging.models import Broadcast, Delivery
from messaging.services import amending, recipients
from messaging.states import State
from tests.factories import NOON, TemplateFactory, TemplateVariantFactory

MINUTE = timedelta(minutes=1)
WRONG = {"en": "Mail is slow.", "de": "Die Post ist langsam."}
RIGHT = {"en": "Login is slow.", "de": "Die Post ist langsam."}
Purpose = Broadcast.Purpose


def correction_template():
    """The words of a correction, in both languages and at both levels."""
    template = TemplateFactory(stage="correction")
    for language in ("en", "de"):
        for detail in Detail.values:
            TemplateVariantFactory(
                template=template, language=language, detail=detail, subject="Correction"
            )


def at(minutes):
    return NOON + minutes * MINUTE


def say(incident, texts=WRONG, minutes=5, **more):
    more = {"status": "investigating", "next_update_due_at": at(minutes + 30)} | more
    draft = updates.UpdateDraft(public_text=texts, **more)
    update = updates.publish(incident=incident, draft=draft, by=None, now=at(minutes))
    go_out(minutes)
    return update


def go_out(minutes, state=State.ACCEPTED):
    """Everything that is due reaches its readers, or waits in a queue."""
    release.release_due(now=at(minutes))
    settle(minutes)
    Delivery.objects.filter(state=State.PENDING).update(state=state)


def settle(minutes):
    amending.recall_waiting(now=at(minutes))
    for broadcast in Broadcast.objects.unfrozen():
        recipients.freeze(broadcast_id=broadcast.pk, now=at(minutes))


def correct(update, texts=RIGHT, minutes=10, by=None, **more):
    said = Correction(public_text=texts, **more)
    found = corrections.correct(update=update, correction=said, by=by, now=at(minutes))
    settle(minutes)
    return found


def corrected(**about):
    """Who is told that it was wrong."""
    rows = Delivery.objects.filter(broadcast__purpose=Purpose.CORRECTION, **about)
    return sorted(rows.values_list("address", flat=True))


def update_broadcast(update):
    return Broadcast.objects.get(timeline_entry__update=update, purpose=Purpose.NOTICE)
