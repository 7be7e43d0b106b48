"""You said, we changed: where it is read, and who is told."""

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.models import Answer, Response
from feedback.services import responses
from incidents import overview
from incidents.models import Improvement, Incident, Plan
from incidents.services import improvements
from messaging.models import Delivery
from messaging.services import barring
from messaging.services.composition import Composer
from tests.factories import (
    NOON,
    AccountFactory,
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    IncidentFactory,
    InvitationFactory,
    PlanFactory,
    QuestionFactory,
)


@pytest.fixture
def incident(db):
    return IncidentFactory(opened_at=NOON, status="resolved", resolved_at=NOON)


@pytest.fixture
def comment(incident):
    """What somebody wrote about the incident, or in a round; anonymous, nobody knows who."""
    about = InvitationFactory(broadcast=BroadcastFactory(thread=incident.key))
    in_a_round = InvitationFactory(
        broadcast=BroadcastFactory(thread="survey-round-1"), version=about.version
    )
    question = QuestionFactory(version=about.version, kind="text")

    def comment(contact=None, *, is_anonymous=False, is_of_a_round=False):
        invitation = in_a_round if is_of_a_round else about
        delivery = None
        if not is_anonymous:
            contact = contact or ContactFactory()
            delivery = DeliveryFactory(broadcast=invitation.broadcast, contact=contact)
        response = Response.objects.create(
            invitation=invitation, delivery=delivery, language="en", submitted_at=NOON
        )
        return Answer.objects.create(response=response, question=question, text="Too late!")

    return comment


def improvement_of(*comments, **plan):
    text = {"en": "You said: **late**.", "de": "Sie sagten: **spät**."}
    made = PlanFactory(**plan) if plan else None
    improvement = Improvement.objects.create(text=text, plan=made)
    improvement.comments.set(comments)
    return improvement


def test_it_is_read_on_the_page_once_it_is_published(incident, comment, lead):
    improvement = improvement_of(comment())
    assert list(overview.story(key=incident.key, now=NOON).improvements) == []

    improvements.publish(improvement=improvement, by=lead, now=NOON)

    assert list(overview.story(key=incident.key, now=NOON).improvements) == [improvement]


def test_what_was_taken_back_is_read_nowhere_and_can_be_published_again(
    incident, comment, lead, lead_client, ana
):
    ana.feedback_consent_at = NOON
    ana.save()
    improvement = improvement_of(comment(ana))
    page = reverse("admin:incidents_improvement_take_back", args=[improvement.pk])
    improvements.publish(improvement=improvement, by=lead, now=NOON)
    asked = lead_client.get(page).content.decode()
    assert f"It goes away from the page of: {incident}" in asked

    lead_client.post(page)

    assert list(overview.story(key=incident.key, now=NOON).improvements) == []
    assert list(overview.status_page(now=NOON).improvements) == []
    improvements.publish(improvement=improvement, by=lead, now=NOON)
    improvements.tell(improvement=improvement, by=lead, now=NOON)
    # Their message leads to it.
    assert "They were told already." in lead_client.post(page).content.decode()
    assert list(overview.story(key=incident.key, now=NOON).improvements) == [improvement]


@pytest.mark.parametrize("spoke", [{"is_of_a_round": True}, {"is_anonymous": True}])
def test_what_no_incidents_page_may_tell_stands_on_the_status_page_for_a_while(
    client, incident, comment, lead, spoke
):
    """Of an anonymous comment it is not told what it is about."""
    now = timezone.now()
    improvement = improvement_of(comment(**spoke))
    known = improvement_of(comment())
    for one in (improvement, known):
        improvements.publish(improvement=one, by=lead, now=now)

    assert list(overview.story(key=incident.key, now=now).improvements) == [known]
    assert list(overview.status_page(now=now).improvements) == [improvement]
    assert "You said: <strong>late</strong>." in client.get("/").content.decode()
    later = now + improvements.SHOWN_FOR
    assert list(overview.status_page(now=later).improvements) == []


def test_who_spoke_in_a_round_is_told_too(comment, lead, ana):
    ana.feedback_consent_at = NOON
    ana.save()
    improvement = improvement_of(comment(ana, is_of_a_round=True))
    improvements.publish(improvement=improvement, by=lead, now=NOON)

    broadcast = improvements.tell(improvement=improvement, by=lead, now=NOON)

    [claimed] = barring.look_at(Delivery.objects.filter(broadcast=broadcast), broadcast)
    text = Composer("email").compose(claimed).text
    assert "Sie sagten: spät." in text
    assert "/#improvements" in text


@pytest.mark.parametrize("lacks", ["a version in force", "a comment"])
def test_what_is_not_so_yet_is_not_published(comment, lead, lacks):
    if lacks == "a comment":
        improvement = improvement_of()
    else:
        improvement = improvement_of(comment(), status=Plan.Status.DRAFT)

    with pytest.raises(improvements.NotPossible):
        improvements.publish(improvement=improvement, by=lead, now=NOON)


def test_accounts_are_not_read_one_by_one(comment, django_assert_num_queries):
    for _number in range(2):
        account = AccountFactory(language="de")
        comment(ContactFactory(account=account, feedback_consent_at=NOON))
    told = improvements.speakers(improvement=improvement_of(*Answer.objects.all())).told

    with django_assert_num_queries(0):
        assert [one.spoken for one in told] == ["de", "de"]


def test_only_who_spoke_and_agreed_is_told(comment, lead, ana, bo, opted_out):
    silent = ContactFactory(feedback_consent_at=NOON)
    for one in (ana, opted_out):
        one.feedback_consent_at = NOON
        one.save()
    spoken = [*map(comment, (ana, bo, opted_out)), comment(is_anonymous=True)]
    improvement = improvement_of(*spoken)

    found = improvements.speakers(improvement=improvement)

    assert silent not in found.told
    assert (found.told, found.nameless, found.without_consent, found.barred) == ([ana], 1, 1, 1)


def test_they_read_it_in_their_language_and_once(incident, comment, lead, ana):
    ana.feedback_consent_at = NOON
    ana.save()
    improvement = improvement_of(comment(ana))
    improvements.publish(improvement=improvement, by=lead, now=NOON)

    broadcast = improvements.tell(improvement=improvement, by=lead, now=NOON)

    [claimed] = barring.look_at(Delivery.objects.filter(broadcast=broadcast), broadcast)
    message = Composer("email").compose(claimed)
    assert "Sie sagten: spät." in message.text
    assert f"/incidents/{incident.key}/" in message.text
    assert "List-Unsubscribe" in message.all_headers
    with pytest.raises(improvements.NotPossible):
        improvements.tell(improvement=improvement, by=lead, now=NOON)


def test_a_consent_that_was_taken_back_since_still_wins(comment, lead, ana):
    ana.feedback_consent_at = NOON
    ana.save()
    improvement = improvement_of(comment(ana))
    improvements.publish(improvement=improvement, by=lead, now=NOON)
    broadcast = improvements.tell(improvement=improvement, by=lead, now=NOON)
    type(ana).objects.update(feedback_consent_at=None)

    [claimed] = barring.look_at(Delivery.objects.filter(broadcast=broadcast), broadcast)

    assert barring.objection(claimed, "email") == ("skipped", "no_consent")


def test_it_keeps_what_was_said_when_its_author_answers_again(comment, ana):
    said = comment(ana)
    improvement = improvement_of(said)

    responses.submit(
        delivery=said.response.delivery,
        answers={said.question_id: ["Still too late!"]},
        language="en",
        now=NOON,
    )

    assert [one.text for one in improvement.comments.all()] == ["Still too late!"]


def test_its_name_is_what_one_reads_and_no_markdown(comment):
    assert str(improvement_of(comment())) == "You said: late."


def test_it_is_published_from_its_page(lead_client, comment):
    improvement = improvement_of(comment())
    page = f"/admin/incidents/improvement/{improvement.pk}/publish/"

    assert "On the page of: Slow logins" in lead_client.get(page).content.decode()

    lead_client.post(page)
    improvement.refresh_from_db()
    assert improvement.published_at


def test_what_was_said_of_an_incident_that_nobody_sees_is_published_nowhere(
    incident, comment, lead
):
    improvement = improvement_of(comment())
    Incident.objects.filter(pk=incident.pk).update(mode=Incident.Mode.DRILL)

    with pytest.raises(improvements.NotPossible, match="No comment about a public incident"):
        improvements.publish(improvement=improvement, by=lead, now=NOON)

    improvement.comments.add(comment(is_of_a_round=True))
    with pytest.raises(improvements.NotPossible):
        improvements.publish(improvement=improvement, by=lead, now=NOON)
