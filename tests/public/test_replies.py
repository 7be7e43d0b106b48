"""Writing back to a customer about their feedback."""

import pytest

from audiences.models import Suppression
from audiences.services import erasure
from feedback.models import FollowUp, Reply
from feedback.services import replies, responses
from messaging.models import Broadcast, BroadcastContent
from messaging.services import barring
from messaging.services.composition import Composer
from tests.factories import NOON


@pytest.fixture
def follow_up(invited, survey):
    given = {survey.csat.pk: ["1"]}
    responses.submit(delivery=invited, answers=given, language="en", now=NOON)
    return FollowUp.objects.get()


@pytest.fixture
def send(follow_up, lead):
    lead.email = "lead@status.example"
    return lambda text="We are sorry.\n\nIt was us.": replies.send(
        follow_up=follow_up, subject="Your feedback", text=text, by=lead, now=NOON
    )


def test_who_has_no_account_manager_is_answered_by_whoever_asked(invited, survey, lead):
    invited.broadcast.invitation.owner = lead

    follow_up = responses.submit(
        delivery=invited, answers={survey.csat.pk: ["1"]}, language="en", now=NOON
    )

    assert follow_up.owner == lead


def test_a_reply_is_kept_and_goes_to_the_customer_who_can_answer_it(send, follow_up, bo):
    delivery = send().delivery

    [claimed] = barring.look_at(type(delivery).objects.filter(pk=delivery.pk), delivery.broadcast)
    message = Composer("email").compose(claimed)
    assert barring.objection(claimed, "email") is None
    assert message.to == bo.email
    assert message.text.startswith("Hello Bo Larsen,\n\nWe are sorry.\n\nIt was us.\n\nLea\n")
    assert message.all_headers["Reply-To"] == "lead@status.example"
    assert "List-Unsubscribe" not in message.all_headers
    assert [one.text for one in follow_up.replies.all()] == ["We are sorry.\n\nIt was us."]


def test_a_second_click_sends_nothing(send):
    send()

    with pytest.raises(replies.CannotReply):
        send()

    assert Broadcast.objects.filter(purpose="reply").count() == 1


def test_an_address_that_must_not_be_written_to_gets_none(send, bo):
    Suppression.objects.create(channel="email", address=bo.email, reason="complaint")

    with pytest.raises(replies.CannotReply, match="please call"):
        send()

    assert not Reply.objects.exists()


def test_what_was_written_goes_with_the_person(send, bo, lead):
    send()

    erasure.erase(contact=bo, by=lead, now=NOON)

    kept = [Reply.objects.get().text, BroadcastContent.objects.get().text]
    assert not any("sorry" in text for text in kept)


def test_it_is_read_before_it_is_sent(lead_client, follow_up):
    page = f"/admin/feedback/followup/{follow_up.pk}/reply/"
    written = {"subject": "Your feedback", "text": "It was <us>."}

    shown = lead_client.post(page, written).content.decode()
    assert "1 – very dissatisfied" in shown
    assert "It was &lt;us&gt;." in shown
    assert not Reply.objects.exists()

    lead_client.post(page, written | {"_send": "1"})
    assert Reply.objects.get().text == "It was <us>."
