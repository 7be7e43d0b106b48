"""What a plan's step has sent by itself is put right like what a person has written."""

from copy import copy
from datetime import timedelta
from uuid import uuid4

import pytest

from messaging.models import Broadcast, Delivery
from messaging.states import State
from tests.factories import TemplateFactory, TemplateVariantFactory
from tests.incidents.putting_right import correct, corrected, correction_template, go_out, settle

pytestmark = pytest.mark.django_db
WAITS = {"en": "You wait.", "de": "Sie warten."}
FAILS = {"en": "You see an error.", "de": "Sie warten."}
REMINDED, LATER = 23 * 60, 23 * 60 + 1


@pytest.fixture
def reminded(announced, work_plan):
    """An hour before the work its readers have got what they will notice, and nothing else."""
    correction_template()
    template = TemplateFactory()
    for language in WAITS:
        TemplateVariantFactory(template=template, language=language, body="{{ effect }}")
    work_plan.steps.filter(trigger="starts").update(template=template)
    announced.effect = WAITS
    announced.save()
    go_out(REMINDED)
    return announced


def put_right(incident, effect=FAILS):
    update = incident.updates.published().last()
    return correct(update, update.public_text, LATER, facts={"effect": effect})


def test_a_wrong_fact_is_put_right_for_who_read_it_in_a_reminder(reminded, bo):
    said = put_right(reminded)

    assert corrected() == [bo.email]
    told = Broadcast.objects.get(purpose="correction")
    assert told.facts["en"]["effect"] == FAILS["en"]
    assert told.facts["en"]["wrong_at"] == "12:00 CET"  # when it reminded, not when it was said
    assert reminded.timeline.get(broadcast=told).update == said


def test_a_step_that_reminded_twice_is_dated_by_the_last_time(reminded):
    first = reminded.timeline.get(step__trigger="starts")
    again = copy(first.broadcast)
    again.pk, again.key = None, uuid4()
    again.save()
    again.segments.set(first.broadcast.segments.all())
    for content in first.broadcast.contents.all():
        content.pk, content.broadcast = None, again
        content.save()
    entry = copy(first)
    entry.pk, entry.slot, entry.broadcast = None, "again", again
    entry.released_at = first.released_at + timedelta(minutes=5)
    entry.save()

    put_right(reminded)

    told = Broadcast.objects.get(purpose="correction")
    assert told.facts["en"]["wrong_at"] == "12:05 CET"


def test_what_put_a_reminder_right_is_put_right_itself(reminded, bo):
    put_right(reminded)
    Delivery.objects.filter(state=State.PENDING).update(state=State.ACCEPTED)

    put_right(reminded, {**WAITS, "en": "Nothing."})

    assert corrected() == [bo.email, bo.email]


def test_a_reminder_that_still_waits_goes_out_with_the_right_fact(reminded, bo):
    Delivery.objects.filter(contact=bo, broadcast__timeline_entry__step__trigger="starts").update(
        state=State.PENDING
    )

    put_right(reminded)
    settle(LATER)

    assert corrected() == []
    instead = Delivery.objects.get(contact=bo, state=State.PENDING).broadcast
    assert FAILS["en"] in instead.contents.get(language="en").text


def test_a_reminder_from_before_newer_words_is_left_alone(reminded, work_plan):
    reminded.updates.update(published_at=reminded.scheduled_for)

    put_right(reminded)

    assert corrected() == []


def test_a_holding_statement_is_put_right_like_any_words(incident, bo):
    correction_template()
    go_out(0)
    go_out(30)
    said = incident.updates.published().last()

    correct(said, said.public_text | {"en": "We look into Search."}, minutes=31)

    assert said.origin == "plan"
    assert corrected() == [bo.email]
