"""The fixed words of a template that went out without an update are put right."""

import pytest

from audiences.models import Contact
from incidents.models import Drill, Incident, TimelineEntry
from incidents.services import checking, fixed_word_copies, fixed_words
from incidents.services.fixed_word_copies import RightWords
from incidents.services.update_checks import BreaksRules, DrillIsOver, NothingToSay, Outdated
from messaging.models import Broadcast, Delivery, TemplateVariant
from messaging.services import barring, composition, unsubscribes
from messaging.states import State
from tests.factories import TemplateFactory, TemplateVariantFactory
from tests.incidents.putting_right import (
    at,
    correct,
    corrected,
    correction_template,
    go_out,
    settle,
)

pytestmark = pytest.mark.django_db
REMINDED, LATER = 23 * 60, 23 * 60 + 1
BOTH = {"en": "Sign out first.", "de": "Melden Sie sich vorher ab."}


@pytest.fixture
def reminded(announced, work_plan):
    """An hour before the work its readers have got words that nobody wrote for it."""
    correction_template()
    body = "{% if update %}{{ update }}{% endif %} {% if wrong_at %}{{ wrong_at }}{% endif %}"
    TemplateVariant.objects.filter(template__stage="correction").update(body=body)
    template = TemplateFactory()
    for language in BOTH:
        TemplateVariantFactory(
            template=template, language=language, body="Stay signed in. {{ effect }}"
        )
    work_plan.steps.filter(trigger="starts").update(template=template)
    announced.effect = {"en": "You wait.", "de": "Sie warten."}
    announced.save()
    go_out(REMINDED)
    return announced


@pytest.fixture
def reminder(reminded) -> TimelineEntry:
    return reminded.timeline.get(step__trigger="starts")


def put_right(entry: TimelineEntry, texts=BOTH, minutes=LATER, after=None) -> None:
    entry = TimelineEntry.objects.get(pk=entry.pk)
    right = RightWords(texts, after)
    fixed_words.correct(entry=entry, right=right, by=None, now=at(minutes))
    settle(minutes)


def told(purpose: str = "correction") -> Broadcast:
    return Broadcast.objects.filter(purpose=purpose).latest("pk")


def test_exactly_those_who_got_the_wrong_words_get_the_right_ones(reminder, ana, bo):
    Delivery.objects.filter(broadcast=reminder.broadcast, contact=ana).update(state=State.BOUNCED)

    put_right(reminder)

    assert corrected() == [bo.email]
    assert "Sign out first. 12:00 CET" in told().contents.get(language="en").text
    entry = told().timeline_entry
    assert (entry.incident, entry.step) == (reminder.incident, reminder.step)
    assert reminder.broadcast.contents.filter(text__contains="Stay signed in.").count() == 2


def test_a_language_that_nothing_is_written_in_is_left_alone_and_named(reminder, bo):
    put_right(reminder, {"en": BOTH["en"], "de": " "})

    assert corrected() == [bo.email]
    entries = fixed_word_copies.told(entry=reminder)
    assert fixed_word_copies.unwritten(entries=entries, right=RightWords({"en": "x"})) == {"de": 1}


def test_who_read_another_language_because_theirs_was_missing_reads_that_one(reminder, ana, bo):
    reminder.broadcast.contents.filter(language="de").delete()

    put_right(reminder, {"en": BOTH["en"]})

    assert corrected() == sorted([ana.email, bo.email])
    assert BOTH["en"] in told().contents.get(language="de").text


def test_what_nobody_could_read_is_not_said(reminder):
    reminder.broadcast.contents.filter(language="de").delete()

    with pytest.raises(NothingToSay, match="in other languages"):
        put_right(reminder, {"de": BOTH["de"]})

    assert not Broadcast.objects.filter(purpose="correction").exists()


def test_a_copy_that_still_waits_is_recalled_and_the_right_words_go_alone(reminder, ana, bo):
    waiting = Delivery.objects.filter(broadcast=reminder.broadcast, contact=bo)
    waiting.update(state=State.PENDING)

    put_right(reminder)
    settle(LATER)

    assert waiting.get().error_code == "recalled"
    assert corrected() == [ana.email]
    instead = Delivery.objects.get(contact=bo, state=State.PENDING).broadcast
    assert instead.purpose == "notice"
    text = instead.contents.get(language="en").text
    assert BOTH["en"] in text
    assert "Stay signed in." not in text


def test_what_was_confirmed_twice_is_said_once(reminder):
    put_right(reminder, after=0)

    with pytest.raises(Outdated):
        put_right(reminder, after=0)

    assert Broadcast.objects.filter(purpose="correction").count() == 1


def test_a_correction_is_put_right_for_who_got_it_or_still_has_the_first_words(reminder, ana, bo):
    put_right(reminder)
    Delivery.objects.filter(contact=bo, state=State.PENDING).update(state=State.ACCEPTED)

    put_right(told().timeline_entry, minutes=LATER + 1, after=1)
    settle(LATER + 1)

    again = Delivery.objects.filter(broadcast=told())
    assert {one.contact for one in again} == {ana, bo}
    assert Delivery.objects.filter(contact=ana, error_code="recalled").count() == 1


def test_facts_put_right_later_leave_what_put_the_words_right_alone(reminder):
    put_right(reminder)
    words, update = told(), reminder.incident.updates.published().last()

    correct(update, update.public_text, LATER + 1, facts={"effect": BOTH})

    assert told() != words
    assert {one.state for one in words.deliveries.all()} == {State.PENDING}


def test_what_has_become_internal_does_not_go_out_in_place_of_what_waits(reminder):
    Delivery.objects.filter(broadcast=reminder.broadcast).update(state=State.PENDING)
    Incident.objects.filter(pk=reminder.incident_id).update(systems={"en": "Database move"})

    put_right(reminder)

    assert "Database move" not in told("notice").contents.get(language="en").subject


def test_an_internal_word_does_not_go_out_with_it(reminder):
    Incident.objects.filter(pk=reminder.incident_id).update(systems={"en": "db-prod-17"})

    with pytest.raises(BreaksRules, match="db-prod-17"):
        put_right(reminder, {"en": "db-prod-17 restarts."})


def test_the_check_reads_them_as_a_correction(reminder):
    said = fixed_words.written(entry=reminder, right=RightWords(BOTH), by=None, at=at(LATER))

    assert checking.stage_of(said) == "correction"


def test_a_drill_stays_a_drill(reminder):
    reminder.broadcast.facts["en"]["mark"] = "Drill"
    reminder.broadcast.save()

    put_right(reminder)

    assert told().contents.get(language="en", detail="public").subject.startswith("[DRILL]")


def test_after_a_drill_nobody_hears_a_correction(reminder, lead):
    Incident.objects.filter(pk=reminder.incident_id).update(mode="drill")
    Drill.objects.create(incident=reminder.incident, held_by=lead, ended_at=at(LATER))

    with pytest.raises(DrillIsOver):
        put_right(reminder)


def test_a_step_that_two_people_say_is_not_put_right_by_one(reminder):
    type(reminder.step).objects.filter(pk=reminder.step_id).update(who="approval")

    with pytest.raises(fixed_words.NeedsSecondPerson, match="in an update"):
        put_right(reminder)


def test_what_puts_a_request_right_keeps_to_who_agreed_to_be_asked(reminder, ana, bo):
    Broadcast.objects.filter(pk=reminder.broadcast_id).update(purpose="feedback")
    Contact.objects.filter(pk=bo.pk).update(feedback_consent_at=at(0))

    put_right(reminder)

    rows = barring.look_at(Delivery.objects.filter(broadcast=told()), told())
    found = {one.contact_id: barring.objection(one, "email") for one in rows}
    assert found == {bo.pk: None, ana.pk: (State.SKIPPED, "no_consent")}
    assert all(unsubscribes.is_feedback(one) for one in Delivery.objects.filter(broadcast=told()))
    assert "<feedback." in composition.shared_headers(told())["List-Id"]
    assert "You agreed to be asked for feedback." in told().contents.get(language="en").text
