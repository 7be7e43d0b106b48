"""What customers wrote: found, tagged, and counted by the scores beside it."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from audiences.models import Contact
from feedback.models import Answer, Question, Response, Tag
from feedback.services import tags
from incidents.models import TimelineEntry
from tests.factories import (
    NOON,
    AccountFactory,
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    IncidentFactory,
    InvitationFactory,
    PlanFactory,
    PlanStepFactory,
    QuestionFactory,
    SegmentFactory,
    SurveyRoundFactory,
    UserFactory,
)

LIST = reverse("admin:feedback_answer_changelist")
RESPONSES = reverse("admin:feedback_response_changelist")
Say = Callable[..., Answer]


@pytest.fixture
def asked(db: None) -> SimpleNamespace:
    """A survey that a step of an incident's plan asked: a score, and why."""
    incident = IncidentFactory(plan=PlanFactory())
    broadcast = BroadcastFactory(thread=incident.key)
    step = PlanStepFactory(plan=incident.plan)
    TimelineEntry.objects.create(
        incident=incident, step=step, broadcast=broadcast, slot="1", due_at=NOON, reason="resolved"
    )
    score = QuestionFactory(kind=Question.Kind.CSAT)
    why = QuestionFactory(version=score.version, kind=Question.Kind.TEXT, position=1)
    invitation = InvitationFactory(broadcast=broadcast, version=score.version)
    return SimpleNamespace(incident=incident, invitation=invitation, score=score, why=why)


@pytest.fixture
def say(asked: SimpleNamespace) -> Say:
    def say(
        text: str, score: int = 5, *, contact: Contact | None = None, **changes: object
    ) -> Answer:
        delivery = DeliveryFactory(
            broadcast=asked.invitation.broadcast,
            contact=contact or ContactFactory(),
            channel=changes.pop("channel", "email"),
        )
        given = {"language": "en", "submitted_at": NOON, "changed_at": NOON, **changes}
        response = Response.objects.create(invitation=asked.invitation, delivery=delivery, **given)
        response.answers.create(question=asked.score, score=score)
        answer: Answer = response.answers.create(question=asked.why, text=text)
        return answer

    return say


def reading(*allowed: str) -> User:
    user: User = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=allowed))
    return user


def listed(client: Client, query: str) -> list[str]:
    return [one.text for one in client.get(f"{LIST}?{query}").context["cl"].result_list]


def test_comments_are_narrowed_down(lead_client: Client, say: Say, asked: SimpleNamespace) -> None:
    say("All fine.")
    contact, segment = ContactFactory(), SegmentFactory()
    DeliveryFactory(
        broadcast=BroadcastFactory(thread=asked.incident.key), contact=contact, segment=segment
    )
    day = NOON.replace(year=2026, month=3, day=1, hour=22, minute=30)
    late = say("Far too late!", 2, contact=contact, channel="sms", language="de", changed_at=day)
    tag = tags.named(name="Late")
    tag.comments.add(late)
    wanted = (
        "q=LATE+far",
        "score=low",
        "score=csat-2",
        f"tag={tag.pk}",
        "response__delivery__channel__exact=sms",
        "language=de",
        f"response__delivery__segment__id__exact={segment.pk}",
        "response__changed_at_from=2026-03-01&response__changed_at_to=2026-03-01",
    )

    found = {query: listed(lead_client, query) for query in wanted}

    page = lead_client.get(LIST)
    assert page.context["title"] == "Select comment to view"
    assert "By period of answers" in page.content.decode()
    assert found == {query: ["Far too late!"] for query in wanted}
    assert listed(lead_client, "tag=none") == listed(lead_client, "score=not_low") == ["All fine."]


def test_comments_are_found_by_what_they_are_about(
    lead_client: Client, say: Say, asked: SimpleNamespace
) -> None:
    say("Far too late!")
    sent = SurveyRoundFactory(state="asked", broadcast=asked.invitation.broadcast)
    about = {
        "timeline_entry__incident": asked.incident.pk,
        "timeline_entry__incident__plan": asked.incident.plan.pk,
        "survey_round": sent.pk,
    }

    for path, number in about.items():
        name = f"response__invitation__broadcast__{path}__id__exact"
        assert listed(lead_client, f"{name}={number}") == ["Far too late!"]
        assert listed(lead_client, f"{name}={number + 1}") == []


@pytest.mark.parametrize(
    "query",
    [
        "tag=abc",
        f"tag={10**23}",
        "score=csat-x",
        "response__delivery__segment__id__exact=abc",
        f"response__delivery__segment__id__exact={10**23}",
        "response__changed_at_to=9999-12-31",
    ],
)
def test_an_address_that_means_nothing_is_no_error(
    lead_client: Client, say: Say, query: str
) -> None:
    say("All fine.")

    answer = lead_client.get(f"{LIST}?{query}", follow=True)

    assert answer.status_code == 200


def test_of_an_anonymous_comment_there_are_its_words_alone(
    lead_client: Client, say: Say, asked: SimpleNamespace
) -> None:
    say("Named, and earlier.", changed_at=NOON - timedelta(days=9))
    hidden = say("Nobody knows me.", 2, language="de")
    Response.objects.filter(pk=hidden.response_id).update(delivery=None)
    tag = tags.named(name="Late")
    tag.comments.add(hidden)
    about = "response__invitation__broadcast__timeline_entry__incident"
    narrowed = (
        "score=low",
        "score=none",
        "score=csat-2",
        "language=de",
        f"response__changed_at_from={NOON:%Y-%m-%d}",
        f"{about}__id__exact={asked.incident.pk}",
        f"{about}__plan__id__exact={asked.incident.plan.pk}",
    )

    found = {query: listed(lead_client, query) for query in narrowed}

    for typed in (f"response__changed_at__gte={NOON:%Y-%m-%d}", f"{about}__id__in=1,2"):
        assert lead_client.get(f"{LIST}?{typed}").status_code == 400
    assert all("Nobody knows me." not in texts for texts in found.values())
    assert listed(lead_client, "") == ["Named, and earlier.", "Nobody knows me."]
    page = lead_client.get(f"{LIST}{hidden.pk}/change/").content.decode()
    assert "Nobody knows me." in page
    assert "2 of 5" not in page
    assert str(NOON.year) not in page
    assert not tags.scores(tag=tag)
    assert [(one.used, one.low, one.not_low) for one in tags.counted()] == [(1, 0, 0)]
    assert not lead_client.get(RESPONSES).context["cl"].result_list.filter(delivery=None)


def test_who_may_not_see_contacts_reads_no_names(client: Client, say: Say) -> None:
    ana = ContactFactory(name="Ana Silva", account=AccountFactory())
    comment = say("Too late.", contact=ana)
    client.force_login(reading("view_answer", "view_response"))
    response = reverse("admin:feedback_response_change", args=[comment.response_id])

    for page in (LIST, f"{LIST}{comment.pk}/change/", RESPONSES, response):
        shown = client.get(page).content.decode()

        assert ana.name not in shown
        assert ana.email not in shown
        assert ana.account.name in shown


def test_capitals_of_any_language_are_found(lead_client: Client, say: Say) -> None:
    say("ÄRGERLICH spät.")

    assert listed(lead_client, "q=ärgerlich+SPÄT") == ["ÄRGERLICH spät."]


def test_a_list_of_many_takes_no_more_questions(
    lead_client: Client, say: Say, django_assert_max_num_queries: Callable
) -> None:
    tag = tags.named(name="Late")
    for number in range(6):
        tag.comments.add(say(f"Comment {number}"))

    with django_assert_max_num_queries(16):
        lead_client.get(LIST)


def test_many_are_tagged_at_once_after_saying_which(lead_client: Client, say: Say) -> None:
    late, other = say("Too late."), say("Other.")
    # As an anonymous one is numbered.
    Answer.objects.filter(pk=other.pk).update(id=-other.pk)
    other = Answer.objects.get(pk=-other.pk)
    Tag.objects.create(name="Late")
    chosen = {"action": "tag_many", "_selected_action": [late.pk, other.pk]}

    asked = lead_client.post(LIST, chosen).content.decode()
    lead_client.post(LIST, chosen | {"confirmed": "yes", "new": " LATE "})

    assert "2 comments: “" in asked
    assert Tag.objects.get().comments.count() == 2


@pytest.mark.parametrize("allowed", ["view_answer", "change_tag"])
def test_who_only_reads_or_may_not_read_tags_nothing(
    client: Client, say: Say, allowed: str
) -> None:
    comment = say("Too late.")
    client.force_login(reading(allowed))
    chosen = {"action": "tag_many", "_selected_action": [comment.pk], "confirmed": "yes"}

    client.post(LIST, chosen | {"new": "Late"})

    assert client.get(f"{LIST}{comment.pk}/tag/").status_code == 403
    assert not Tag.objects.exists()


def test_a_new_tag_is_for_who_may_add_one(client: Client, say: Say) -> None:
    comment, late = say("Too late."), tags.named(name="Late")
    client.force_login(reading("view_answer", "change_tag"))
    page = f"{LIST}{comment.pk}/tag/"

    client.post(page, {"confirmed": "yes", "put_on": late.pk, "new": "Slow"})

    assert client.get(page).status_code == 200
    assert [tag.name for tag in comment.tags.all()] == ["Late"]
    assert Tag.objects.get() == late


def test_merged_tags_are_one_on_each_comment(lead_client: Client, say: Say) -> None:
    both, one = say("Too late."), say("Late again.")
    late, slow = tags.named(name="Late"), tags.named(name="Slow")
    late.comments.add(both, one)
    slow.comments.add(both)

    lead_client.post(reverse("admin:feedback_tag_merge", args=[late.pk]), {"into": slow.pk})

    assert Tag.objects.get() == slow
    assert set(slow.comments.all()) == {both, one}


def test_a_tag_is_not_merged_into_one_that_is_gone(say: Say) -> None:
    late, gone = tags.named(name="Late"), tags.named(name="Gone")
    late.comments.add(say("Too late."))
    Tag.objects.filter(pk=gone.pk).delete()

    with pytest.raises(tags.TagIsGone):
        tags.merge(tag=late, into=gone)

    assert late.comments.count() == 1


def test_a_name_that_is_taken_is_no_second_tag(lead_client: Client) -> None:
    tags.named(name="Late")

    page = lead_client.post(reverse("admin:feedback_tag_add"), {"name": "late"})

    assert "merge them" in page.content.decode()
    assert Tag.objects.count() == 1


def test_a_tag_says_what_low_scores_are_about(lead_client: Client, say: Say) -> None:
    late, unused = tags.named(name="Late"), tags.named(name="Unused")
    late.comments.add(say("Too late.", 1), say("Too late!", 2), say("Late, but kind.", 4))

    counted = {tag: (tag.used, tag.low, tag.not_low) for tag in tags.counted()}

    assert counted == {late: (3, 2, 1), unused: (0, 0, 0)}
    assert tags.scores(tag=late) == {"csat": {1: 1, 2: 1, 4: 1}}
    page = lead_client.get(reverse("admin:feedback_tag_change", args=[late.pk])).content.decode()
    assert f"{LIST}?tag={late.pk}&amp;score=csat-4" in page


def test_deleting_a_tag_says_on_how_many_comments_it_is(lead_client: Client, say: Say) -> None:
    late = tags.named(name="Late")
    late.comments.add(say("Too late."), say("Late again."))

    page = lead_client.get(reverse("admin:feedback_tag_delete", args=[late.pk])).content.decode()

    assert "The tag “Late” is taken off 2 comments, which stay." in page
    assert "Too late." not in page


def test_a_response_is_read_in_words(lead_client: Client, say: Say, asked: SimpleNamespace) -> None:
    choices = [{"value": "v1", "label": {"en": "By telephone"}}]
    version = asked.invitation.version
    how = QuestionFactory(version=version, kind="several", position=2, choices=choices)
    comment = say("Too late.", score=1)
    comment.response.answers.create(question=how, choice="v1")

    address = reverse("admin:feedback_response_change", args=[comment.response_id])
    shown = lead_client.get(address).content.decode()

    assert "1 – very dissatisfied" in shown
    assert "By telephone" in shown
    assert "Too late." in shown
