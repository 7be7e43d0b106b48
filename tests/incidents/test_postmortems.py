"""After the end: a draft that is owed, a second person, and one word to everybody."""

from datetime import timedelta

import pytest

from incidents.models import Approval, Incident, PlanStep, Postmortem, Update
from incidents.services import (
    approvals,
    incidents,
    postmortem_drafts,
    postmortems,
    release,
    updates,
)
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast
from tests.factories import NOON, PlanStepFactory, UpdateFactory

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
State = Postmortem.State
TEXTS = {
    "summary": {"en": "A certificate had expired.", "de": "Ein Zertifikat war abgelaufen."},
    "body": {"en": "## Cause\n\nA certificate.", "de": "## Ursache\n\nEin Zertifikat."},
}


def publish(incident, status, at, promise=30):
    return updates.publish(
        incident=incident,
        draft=UpdateDraft(
            status=status,
            public_text={"en": "Some words.\n\nAnd more.", "de": "Einige Worte."},
            next_update_due_at=at + promise * MINUTE if promise else None,
        ),
        by=None,
        now=at,
    )


def resolve(incident, at=NOON + HOUR):
    publish(incident, "resolved", at, promise=None)
    incident.refresh_from_db()
    return incident


@pytest.fixture
def told_step(plan, customers, template):
    step = PlanStepFactory(
        plan=plan,
        name="Post-mortem",
        trigger=PlanStep.Trigger.STATUS_REACHED,
        status="postmortem",
        template=template,
    )
    step.segments.add(customers)
    return step


@pytest.fixture
def owed(told_step, incident):
    return resolve(incident).postmortem


@pytest.fixture
def written(owed, lead):
    return postmortems.save(postmortem=owed, **TEXTS, by=lead)


def test_resolving_makes_the_draft_that_the_plan_promises(incident, lead):
    publish(incident, "identified", NOON + 20 * MINUTE)

    draft = resolve(incident).postmortem

    assert (draft.state, draft.author) == (State.DRAFT, lead)
    assert draft.due_at == NOON + 73 * HOUR
    assert "**12:20 UTC**: Some words." in draft.body["en"].replace("1:20 PM", "12:20").replace(
        "13:20 CET", "12:20 UTC"
    )
    assert "And more" not in draft.body["en"]
    assert "Einige Worte." in draft.body["de"]


def test_a_small_incident_owes_none(incident, plan):
    plan.postmortem_impact = "critical"
    plan.save()

    resolve(incident)

    assert not Postmortem.objects.exists()


def test_the_worst_it_was_counts_not_what_was_left_at_the_end(incident, login, plan):
    release.release_due(now=NOON)
    incident.impact_override = "minor"
    incident.save()
    Incident.objects.filter(pk=incident.pk).update(impact="minor")

    resolve(incident)

    assert Postmortem.objects.exists()


def test_a_plan_without_one_and_a_replay_owe_none(incident, plan):
    Incident.objects.update(mode=Incident.Mode.REPLAY)
    resolve(incident)
    assert not Postmortem.objects.exists()

    Incident.objects.update(mode=Incident.Mode.REAL)
    plan.postmortem_within = None
    plan.save()
    resolve(Incident.objects.get(), NOON + 2 * HOUR)
    assert not Postmortem.objects.exists()


def test_a_drill_has_one(draft, plan, lead):
    draft.mode = Incident.Mode.DRILL
    draft.save()

    resolve(incidents.open(incident=draft, by=lead, now=NOON))

    assert Postmortem.objects.exists()


def test_what_is_opened_again_keeps_its_words_and_is_due_after_the_real_end(written, incident):
    publish(incident, "investigating", NOON + 2 * HOUR)

    resolve(incident, NOON + 5 * HOUR)

    again = Postmortem.objects.get()
    assert again.body == TEXTS["body"]
    assert again.due_at == NOON + 77 * HOUR


def test_one_can_be_written_that_nobody_promised(incident, plan, deputy):
    plan.postmortem_within = None
    plan.save()
    with pytest.raises(postmortems.NotOver):
        postmortems.start(incident=incident, by=deputy, now=NOON)
    resolve(incident)

    first = postmortems.start(incident=incident, by=deputy, now=NOON + 2 * HOUR)

    assert first == postmortems.start(incident=incident, by=deputy, now=NOON + 3 * HOUR)
    assert first.due_at == NOON + 73 * HOUR


def test_nobody_reviews_what_they_wrote(written, lead, deputy):
    with pytest.raises(postmortems.SecondPersonNeeded):
        postmortems.submit(postmortem=written, reviewer=lead, by=lead, now=NOON)

    postmortems.submit(postmortem=written, reviewer=deputy, by=lead, now=NOON)
    with pytest.raises(postmortems.SecondPersonNeeded):
        postmortems.publish(postmortem=written, by=lead, now=NOON + 3 * HOUR)

    written.refresh_from_db()
    assert written.state == State.REVIEW


def test_what_is_reviewed_is_not_changed_until_it_is_sent_back(written, lead, deputy):
    postmortems.submit(postmortem=written, reviewer=deputy, by=lead, now=NOON)
    with pytest.raises(postmortems.NotNow):
        postmortems.save(postmortem=written, **TEXTS, by=lead)
    with pytest.raises(postmortems.ReasonMissing):
        postmortems.send_back(postmortem=written, reason=" ", by=deputy, now=NOON)

    back = postmortems.send_back(
        postmortem=written, reason="The cause is not clear", by=deputy, now=NOON
    )

    assert (back.state, back.returned_because) == (State.DRAFT, "The cause is not clear")
    with pytest.raises(postmortems.NotNow):
        postmortems.publish(postmortem=back, by=deputy, now=NOON + 3 * HOUR)


def test_an_empty_text_and_the_skeletons_questions_are_not_published(owed, lead, deputy):
    with pytest.raises(postmortems.NothingWritten, match="square brackets"):
        postmortems.publish(postmortem=owed, by=lead, now=NOON + 3 * HOUR)
    empty = postmortems.save(postmortem=owed, summary={}, body={"en": " "}, by=lead)

    with pytest.raises(postmortems.NothingWritten, match="at least one language"):
        postmortems.submit(postmortem=empty, reviewer=deputy, by=lead, now=NOON)


def test_readers_of_a_missing_language_are_named(owed, lead):
    saved = postmortems.save(postmortem=owed, summary={}, body={"en": "Cause."}, by=lead)

    assert postmortems.missing_languages(saved) == ["de"]
    assert postmortems.notice(saved).public_text == {"en": "Cause."}


def test_publishing_tells_everybody_once(written, incident, deputy, lead):
    release.release_due(now=NOON + HOUR)
    before = Broadcast.objects.count()
    postmortems.submit(postmortem=written, reviewer=deputy, by=lead, now=NOON)
    at = NOON + 20 * HOUR

    published = postmortems.publish(postmortem=written, by=deputy, now=at)
    with pytest.raises(postmortems.NotNow):
        postmortems.publish(postmortem=written, by=deputy, now=at)
    for _each in range(3):
        release.release_due(now=at)

    incident.refresh_from_db()
    assert incident.status == "postmortem"
    assert (published.state, published.published_by) == (State.PUBLISHED, deputy)
    assert not published.was_late
    assert Broadcast.objects.count() == before + 1
    facts = Broadcast.objects.latest("pk").facts
    assert facts["en"]["update"] == "A certificate had expired."
    assert facts["de"]["update"] == "Ein Zertifikat war abgelaufen."


def test_late_is_late_also_when_it_is_published(written, lead):
    late = NOON + 74 * HOUR
    assert written.is_overdue(late)

    published = postmortems.publish(postmortem=written, by=lead, now=late)

    assert published.was_late
    assert not published.is_overdue(late)


def test_what_goes_on_again_is_not_explained_yet(written, incident, lead):
    publish(incident, "investigating", NOON + 2 * HOUR)

    with pytest.raises(postmortems.NotOver):
        postmortems.publish(postmortem=written, by=lead, now=NOON + 3 * HOUR)


def test_what_waits_for_approval_is_published_with_its_notice(written, incident, lead, deputy):
    postmortems.submit(postmortem=written, reviewer=deputy, by=lead, now=NOON)
    notice = UpdateFactory(
        incident=incident,
        status="postmortem",
        state=Update.State.PROPOSED,
        published_at=NOON + 20 * HOUR,
        published_by=deputy,
    )
    written.notice = notice
    written.save(update_fields=["notice"])
    for refused in (
        lambda: postmortems.publish(postmortem=written, by=deputy, now=NOON + 20 * HOUR),
        lambda: postmortems.send_back(postmortem=written, reason="Too long", by=deputy, now=NOON),
    ):
        with pytest.raises(postmortems.NotNow, match="waits for approval"):
            refused()

    notice.published_at = NOON + 30 * HOUR
    postmortem_drafts.follow(update=notice)

    written.refresh_from_db()
    assert (written.state, written.published_at) == (State.PUBLISHED, NOON + 30 * HOUR)


def test_its_notice_is_approved_as_it_was_shown(written, told_step, incident, lead, deputy):
    """The text that a second person saw is the text that is said: nothing has changed."""
    PlanStep.objects.filter(pk=told_step.pk).update(who=PlanStep.Who.APPROVAL)
    postmortems.publish(postmortem=written, by=lead, now=NOON + 20 * HOUR)

    request = Approval.objects.get()
    approvals.approve(approval=request, by=deputy, now=NOON + 21 * HOUR)

    written.refresh_from_db()
    assert (written.state, written.published_at) == (State.PUBLISHED, NOON + 21 * HOUR)
