"""What customers wrote: found, tagged, and counted by the scores beside it."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from audiences.models import Contact
from feedback.models import Answer, Question, Response, Tag
from feedback.services import tags
from incidents.models import TimelineEntry
from tests.factories import (
    NOON,
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    IncidentFactory,
    InvitationFactory,
    PlanFactory,
    PlanStepFactory,
    QuestionFactory,
    SegmentFactory,
    UserFactory,
)

LIST = reverse("admin:feedback_answer_changelist")
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

    assert found == {query: ["Far too late!"] for query in wanted}
    assert listed(lead_client, "tag=none") == listed(lead_client, "score=not_low") == ["All fine."]


def test_comments_are_found_by_what_they_are_about(
    lead_client: Client, say: Say, asked: SimpleNamespace
) -> None:
    say("Far too late!")
    about = {"incident": asked.incident.pk, "incident__plan": asked.incident.plan.pk}

    for path, number in about.items():
        name = f"response__invitation__broadcast__timeline_entry__{path}__id__exact"
        assert listed(lead_client, f"{name}={number}") == ["Far too late!"]
        assert listed(lead_client, f"{name}={number + 1}") == []


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
    Tag.objects.create(name="Late")
    chosen = {"action": "tag_many", "_selected_action": [late.pk, other.pk]}

    asked = lead_client.post(LIST, chosen).content.decode()
    lead_client.post(LIST, chosen | {"confirmed": "yes", "new": " LATE "})

    assert "2 comments: “" in asked
    assert Tag.objects.get().comments.count() == 2


def test_who_only_reads_tags_nothing(client: Client, say: Say) -> None:
    comment = say("Too late.")
    reader = UserFactory(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_answer"))
    client.force_login(reader)
    chosen = {"action": "tag_many", "_selected_action": [comment.pk], "confirmed": "yes"}

    client.post(LIST, chosen | {"new": "Late"})

    assert client.get(LIST).status_code == 200
    assert client.get(f"{LIST}{comment.pk}/tag/").status_code == 403
    assert not Tag.objects.exists()


def test_merged_tags_are_one_on_each_comment(lead_client: Client, say: Say) -> None:
    both, one = say("Too late."), say("Late again.")
    late, slow = tags.named(name="Late"), tags.named(name="Slow")
    late.comments.add(both, one)
    slow.comments.add(both)

    lead_client.post(reverse("admin:feedback_tag_merge", args=[late.pk]), {"into": slow.pk})

    assert Tag.objects.get() == slow
    assert set(slow.comments.all()) == {both, one}


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

    assert "“Late” is on 2 comments." in page
    assert "Too late." not in page
