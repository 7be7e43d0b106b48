"""The first page: what is going on now."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from feedback.models import Response
from incidents.models import Incident, IncidentComponent, Plan, TimelineEntry
from incidents.services import incidents, reviews
from messaging.models import Broadcast, Circuit, Delivery
from messaging.services import progress
from tests.factories import (
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    IncidentFactory,
    UpdateFactory,
    UserFactory,
)

INDEX = "/admin/"


@pytest.fixture
def busy(plan: Plan, draft: Incident, answered: Response, lead: User) -> list[Incident]:
    """Three open incidents, the last opened one with the oldest promise."""
    now = timezone.now()
    opened = []
    for minutes in (40, 5, -25):
        incident = IncidentFactory(title={"en": f"Due in {minutes}"}, lead=lead)
        IncidentComponent.objects.create(incident=incident, component=draft.components.get())
        opened.append(incidents.open(incident=incident, by=lead, now=now))
        UpdateFactory(
            incident=incident,
            status="investigating",
            public_text={"en": "Hm."},
            published_at=now - timedelta(hours=1),
            next_update_due_at=now + timedelta(minutes=minutes, seconds=30),
        )
    TimelineEntry.objects.update(state=TimelineEntry.State.WAITING)
    broadcast = BroadcastFactory(title="Being sent")
    for state in ("pending", "delivered", "delivered", "failed"):
        DeliveryFactory(broadcast=broadcast, state=state)
    Plan.objects.update(review_on=date(2020, 1, 1))
    reviews.open_due(now=now)
    progress.keep_counted(now=now)
    return opened


def test_a_quiet_day_says_so_and_offers_to_report(lead_client: Client) -> None:
    words = lead_client.get(INDEX).content.decode()

    assert "Nothing is going on" in words
    assert reverse("admin:incidents_incident_add") in words


def test_the_promise_that_falls_due_first_is_on_top(
    lead_client: Client, busy: list[Incident]
) -> None:
    active = lead_client.get(INDEX).context["active"]

    assert [story.title for story in active] == ["Due in -25", "Due in 5", "Due in 40"]
    assert [story.promise.variant for story in active] == ["danger", "warning", "success"]
    assert active[0].promise.countdown == "24\xa0minutes overdue"


def test_everything_that_waits_for_somebody_is_there(
    lead_client: Client, busy: list[Incident]
) -> None:
    shown = lead_client.get(INDEX).context

    assert len(shown["waiting"]) == 6
    assert [task.title for task in shown["drafts"]] == ["Slow logins"]
    assert [task.title for task in shown["follow_ups"]] == ["Ana Weber"]
    assert shown["follow_ups"][0].is_late
    assert [task.title for task in shown["reviews"]] == ["Shop v1 · its review date"]


def test_a_task_is_late_when_its_time_is_over_and_says_whose_it_is(
    lead_client: Client, busy: list[Incident], lead: User
) -> None:
    now = timezone.now()
    tasks = TimelineEntry.objects.filter(step__who="task")
    first, second = (one.pk for one in tasks[:2])
    User.objects.filter(pk=lead.pk).update(first_name="Mara", last_name="Lindner")
    tasks.update(due_at=now - timedelta(hours=1), assignee=lead)
    tasks.filter(pk=first).update(deadline_at=now + timedelta(days=2))
    tasks.filter(pk=second).update(deadline_at=now - timedelta(minutes=5))
    TimelineEntry.objects.exclude(step__who="task").delete()

    endless, late, early = lead_client.get(INDEX).context["waiting"]

    assert [late.is_late, endless.is_late, early.is_late] == [True, False, False]
    assert early.due.startswith("due by")
    assert {late.who, endless.who, early.who} == {"Mara Lindner"}
    assert endless.due.startswith("since ")


def test_progress_and_problems_are_counted(lead_client: Client, busy: list[Incident]) -> None:
    shown = lead_client.get(INDEX).context

    row = next(row for row in shown["sending"] if row.broadcast.title == "Being sent")
    assert (row.headline, row.percent) == ("2 of 4 sent · 1 failed or unclear", 50)
    counted = {count.state: count.number for count in shown["deliveries"]}
    assert counted == {"pending": 1, "delivered": 3, "failed": 1}
    assert [count.state for count in shown["deliveries"] if count.is_problem] == ["failed"]


def test_the_number_of_questions_does_not_grow_with_the_work(
    lead_client: Client, busy: list[Incident], django_assert_max_num_queries: object
) -> None:
    for _ in range(20):
        broadcast = BroadcastFactory()
        Delivery.objects.bulk_create(
            DeliveryFactory.build(broadcast=broadcast, contact=contact, address=contact.email)
            for contact in ContactFactory.create_batch(3)
        )

    with django_assert_max_num_queries(17):  # type: ignore[operator]
        shown = lead_client.get(INDEX).context

    assert len(shown["sending"]) < Broadcast.objects.count()


def test_a_moment_to_come_says_that_it_is_when_it_is_due(
    lead_client: Client, answered: Response
) -> None:
    answered.follow_up.due_at = timezone.now() + timedelta(days=3)
    answered.follow_up.save()

    [task] = lead_client.get(reverse("admin:index")).context["follow_ups"]

    assert task.due.startswith("due by ")
    assert not task.is_late


def test_a_broadcast_can_be_held_from_here_and_comes_back_here(
    lead_client: Client, busy: list[Incident]
) -> None:
    broadcast = Broadcast.objects.get(title="Being sent")
    pause = reverse("admin:messaging_broadcast_pause", args=[broadcast.pk]) + "?from=now"
    assert pause in lead_client.get(INDEX).content.decode()

    answer = lead_client.post(pause, {"reason": "Wrong link"})

    assert answer.url == INDEX
    words = lead_client.get(INDEX).content.decode()
    assert "Paused because: Wrong link" in words
    assert reverse("admin:messaging_broadcast_resume", args=[broadcast.pk]) in words


def test_a_stopped_channel_is_told_first(lead_client: Client) -> None:
    Circuit.objects.create(channel="sms", because="refused 20003", retry_at=timezone.now())

    words = lead_client.get(INDEX).content.decode()

    assert "SMS is stopped since" in words
    assert "The provider refuses us (the log-in is refused, 20003)." in words
    assert reverse("admin:messaging_circuit_try_now", args=["sms"]) + "?from=now" in words


def test_people_see_only_what_they_may(busy: list[Incident]) -> None:
    reader = UserFactory(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_followup"))
    client = Client()
    client.force_login(reader)

    Circuit.objects.create(channel="sms", because="refused 20003", retry_at=timezone.now())

    answer = client.get(INDEX)

    assert "20003" not in answer.content.decode()
    assert "active" not in answer.context
    assert "Due in 5" not in answer.content.decode()
    assert "Report an incident" not in answer.content.decode()
    assert [task.title for task in answer.context["follow_ups"]] == ["–"]
    assert "Ana Weber" not in answer.content.decode()
