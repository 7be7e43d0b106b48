"""Two contacts that are one person have answered once, and it is theirs."""

from datetime import timedelta

import pytest

from audiences.models import Contact
from audiences.services import erasure, merging
from feedback import forms
from feedback.models import Answer, FollowUp, Reply, Response
from feedback.services import anonymity, responses, tags
from feedback.services.invited import Closed
from incidents.models import Improvement
from messaging.models import Delivery
from messaging.services import links
from tests.factories import NOON, ContactFactory, DeliveryFactory


@pytest.fixture
def kept(invited) -> Delivery:
    return invited


@pytest.fixture
def gone(invitation) -> Delivery:
    """The same request to who turns out to be the same person."""
    contact = ContactFactory()
    return DeliveryFactory(
        broadcast=invitation.broadcast,
        contact=contact,
        address=contact.email,
        state=Delivery.State.DELIVERED,
    )


@pytest.fixture
def say(survey):
    def say(delivery, score, words, hours=0):
        given = {survey.csat.pk: [score], survey.text.pk: [words]}
        now = NOON + timedelta(hours=hours)
        responses.submit(delivery=delivery, answers=given, language="en", now=now)

    return say


@pytest.fixture
def merge(kept, gone, lead):
    def merge(*from_gone: str) -> Contact:
        merging.merge(keep=kept.contact, gone=gone.contact, from_gone=from_gone, by=lead, now=NOON)
        return Contact.objects.get(pk=kept.contact_id)

    return merge


def test_an_answer_of_the_one_that_goes_stays_the_persons(say, merge, kept, gone, lead):
    say(gone, "1", "Call me, I am Zoe")

    contact = merge()

    assert responses.earlier(delivery=kept) == Response.objects.get()
    erasure.erase(contact=contact, by=lead, now=NOON)
    assert set(Answer.objects.values_list("text", flat=True)) == {"", "[erased]"}
    assert FollowUp.objects.get().state == FollowUp.State.DONE


@pytest.mark.parametrize("channel", ["email", "sms"])
@pytest.mark.parametrize("later", ["kept", "gone"])
def test_of_two_answers_the_later_one_stands(say, merge, kept, gone, channel, later):
    Delivery.objects.filter(pk=gone.pk).update(channel=channel)
    say(kept, "4", "as kept", hours=later == "kept")
    say(gone, "4", "as gone", hours=later == "gone")

    merge()

    assert Response.objects.get().delivery.contact == kept.contact
    texts = [one.text for one in responses.answers(delivery=kept) if one.text]
    assert texts == [f"as {later}"]


def test_a_draft_of_the_earlier_answers_is_out_of_date(say, merge, kept, gone):
    say(kept, "4", "Late")
    begun = forms.sent_before(responses.answers(delivery=kept))
    say(gone, "4", "Still late", hours=1)

    merge()

    assert forms.sent_before(responses.answers(delivery=kept)) > begun


def test_nobody_is_locked_out_by_a_merge(say, merge, kept, gone):
    say(kept, "4", "Late")
    Response.objects.update(changes=responses.MOST_CHANGES)
    say(gone, "4", "Still late", hours=1)

    merge()

    say(kept, "4", "Later still", hours=2)
    assert "Later still" in [one.text for one in responses.answers(delivery=kept)]


def test_a_merge_is_no_way_around_the_end_of_changes(say, merge, kept, gone):
    say(kept, "4", "Late")
    say(gone, "4", "Still late", hours=1)
    Response.objects.update(changes=responses.MOST_CHANGES)

    merge()

    with pytest.raises(responses.ChangedTooOften):
        say(kept, "4", "Later still", hours=2)


@pytest.mark.parametrize(("score", "state"), [("1", "open"), ("5", "done")])
def test_what_we_wrote_to_them_and_what_came_of_it_is_kept(
    say, merge, kept, gone, lead, score, state
):
    say(kept, "2", "Late")
    told = FollowUp.objects.get()
    told.outcome = "Rang up."
    told.save()
    Reply.objects.create(follow_up=told, subject="Sorry", text="…", sent_at=NOON, sent_by=lead)
    say(gone, score, "Later", hours=1)

    merge()

    follow_up = FollowUp.objects.get()
    assert follow_up.response.answers.filter(text="Later").exists()
    assert follow_up.state == state
    assert follow_up.outcome.startswith("Rang up.")
    assert Reply.objects.get().follow_up == follow_up


def test_what_hangs_on_a_comment_hangs_on_the_later_one(say, merge, kept, gone):
    say(kept, "4", "Late")
    improvement = Improvement.objects.create(text={"en": "Sooner now."})
    for one in (improvement, tags.named(name="Late")):
        one.comments.add(Answer.objects.get(text="Late"))
    say(gone, "4", "Still late", hours=1)

    merge()

    comment = Answer.objects.get(text="Still late")
    assert [tag.name for tag in comment.tags.all()] == ["Late"]
    assert list(improvement.comments.all()) == [comment]


def test_who_has_answered_anonymously_does_not_answer_once_more(survey, say, merge, kept, gone):
    survey.version.is_anonymous = True
    survey.version.save()
    say(gone, "1", "Late")

    merge()

    assert anonymity.has_answered(delivery=kept)


@pytest.mark.parametrize("how", ["moved", "merged"])
def test_what_they_answered_is_not_shown_in_a_mailbox_that_is_not_theirs(
    client, say, merge, kept, gone, how
):
    say(kept, "1", "About my boss")
    url = f"/f/{links.token(gone if how == 'merged' else kept)}/"
    merge()
    if how == "moved":
        assert "About my boss" in client.get(url).content.decode()
        Contact.objects.update(email="new@example.com")

    assert "About my boss" not in client.get(url).content.decode()


@pytest.mark.parametrize("is_anonymous", [False, True])
def test_who_was_erased_while_they_answered_is_not_written_down(
    survey, say, invited, bo, lead, is_anonymous
):
    survey.version.is_anonymous = is_anonymous
    survey.version.save()
    erasure.erase(contact=bo, by=lead, now=NOON)

    with pytest.raises(Closed):
        say(invited, "1", "I am Bo")

    assert not Response.objects.exists()
