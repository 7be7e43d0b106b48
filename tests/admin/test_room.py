"""The incident room: promises, decisions, handing over."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from audiences.models import Subscription
from incidents.models import Incident, Plan, TimelineEntry
from incidents.services import release, telling
from messaging.models import Broadcast
from messaging.services.forecast import Dropped, Forecast, Share
from tests.admin.desk import form_of, page
from tests.factories import (
    NOON,
    BroadcastFactory,
    PlanStepFactory,
    SurveyFactory,
    UpdateFactory,
    UserFactory,
)

State = TimelineEntry.State


def test_a_broken_promise_shows_in_the_room(lead_client: Client, opened: Incident) -> None:
    now = timezone.now()
    UpdateFactory(
        incident=opened,
        status="investigating",
        public_text={"en": "Soon."},
        published_at=now - timedelta(hours=1),
        next_update_due_at=now - timedelta(minutes=20),
    )

    answer = lead_client.get(page("room", opened))

    assert answer.context["promise"].variant == "danger"
    assert answer.context["promise"].countdown == "20\xa0minutes overdue"


def test_the_room_calls_people_by_their_names(
    lead_client: Client, opened: Incident, lead: User
) -> None:
    User.objects.filter(pk=lead.pk).update(first_name="Mara", last_name="Lindner")
    UpdateFactory(incident=opened, published_by=lead, next_update_due_at=None)
    opened.timeline.update(decided_by=lead)

    room = lead_client.get(page("room", opened)).text

    assert "Mara Lindner" in room
    assert "· lead" not in room
    assert ">lead<" not in room


def test_the_room_says_to_whom_the_nearest_promise_was_made(
    lead_client: Client, opened: Incident
) -> None:
    now = timezone.now()
    update = UpdateFactory(
        incident=opened,
        published_at=now,
        next_update_due_at=now + timedelta(days=3),
    )
    assert lead_client.get(page("room", opened)).context["waiting"] == []

    due = {"made_at": now, "due_at": now + timedelta(minutes=30)}
    opened.promises.create(update=update, audience="internal", **due)

    answer = lead_client.get(page("room", opened))
    assert [one.audience for one in answer.context["waiting"]] == ["internal", "everybody"]


def test_a_room_left_open_does_not_count_the_audience_again(
    lead_client: Client, opened: Incident
) -> None:
    def expected(**headers: str) -> list[tuple[str, int]]:
        rows = lead_client.get(page("room", opened), headers=headers).context["rows"]
        return list(rows[0].expected)

    at_first = expected()
    Subscription.objects.filter(channel="email").delete()

    assert at_first == [("E-mail", 2), ("SMS", 1)]
    assert expected(**{"HX-Request": "true"}) == at_first
    assert expected() == [("E-mail", 0), ("SMS", 1)]


def test_messages_are_counted_as_messages_and_in_thousands(
    lead_client: Client, opened: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Forecast([Share("email", None, "en", "public", 1189)], {"email": Dropped()})
    many = dict.fromkeys(opened.timeline.values_list("pk", flat=True), counted)
    monkeypatch.setattr(telling, "expected", lambda *, incident, now: many)

    shown = lead_client.get(page("room", opened)).content.decode()

    assert "1,189 × E-mail" in shown
    assert '<th scope="col">Messages</th>' in shown


def test_the_room_asks_a_bounded_number_of_questions(
    lead_client: Client, opened: Incident, django_assert_max_num_queries: object
) -> None:
    now = timezone.now()
    for number in range(12):
        UpdateFactory(
            incident=opened,
            status="investigating",
            public_text={"en": f"Update {number}"},
            published_at=now + timedelta(seconds=number),
        )

    with django_assert_max_num_queries(53):  # type: ignore[operator]
        lead_client.get(page("room", opened))


@pytest.fixture
def waiting(opened: Incident, lead: User) -> dict[str, TimelineEntry]:
    """A task and the approval of the plan, both of the end, and waiting for somebody."""
    opened.plan.steps.filter(name="Phone the key accounts").update(trigger="resolved")
    component = opened.components.get()
    client = Client()
    client.force_login(lead)
    typed = form_of(opened, status="resolved", **{f"component_{component.pk}": "operational"})
    client.post(page("resolve", opened), typed | {"_publish": "1"})
    release.release_due(now=timezone.now())
    return {entry.step.name: entry for entry in opened.timeline.filter(state=State.WAITING)}


def test_an_approval_sends_the_message(
    lead_client: Client, opened: Incident, waiting: dict[str, TimelineEntry]
) -> None:
    entry = waiting["All-clear"]

    shown = lead_client.get(page("room", opened)).content.decode()
    lead_client.post(page("entries", opened, entry.pk), {"decision": "approve"})

    entry.refresh_from_db()
    assert "Approve and send" in shown
    assert entry.state == State.DONE
    assert entry.broadcast.state == Broadcast.State.SENDING


def test_a_task_is_ticked_off_with_its_outcome(
    lead_client: Client, opened: Incident, waiting: dict[str, TimelineEntry]
) -> None:
    entry = waiting["Phone the key accounts"]

    refused = lead_client.post(
        page("entries", opened, entry.pk), {"decision": "complete", "words": " "}, follow=True
    )
    lead_client.post(
        page("entries", opened, entry.pk), {"decision": "complete", "words": "All three reached"}
    )

    entry.refresh_from_db()
    assert "say in a few words" in refused.content.decode()
    assert (entry.state, entry.note) == (State.DONE, "All three reached")


def test_skipping_needs_a_reason(
    lead_client: Client, opened: Incident, waiting: dict[str, TimelineEntry]
) -> None:
    entry = waiting["All-clear"]

    lead_client.post(page("entries", opened, entry.pk), {"decision": "skip", "words": ""})
    without = TimelineEntry.objects.get(pk=entry.pk).state
    lead_client.post(page("entries", opened, entry.pk), {"decision": "skip", "words": "Said it"})
    late = lead_client.post(page("entries", opened, entry.pk), {"decision": "approve"}, follow=True)

    entry.refresh_from_db()
    assert without == State.WAITING
    assert (entry.state, entry.note) == (State.SKIPPED, "Said it")
    assert "decided in the meantime" in late.content.decode()


def test_a_decision_is_never_made_by_following_a_link(
    lead_client: Client, opened: Incident, waiting: dict[str, TimelineEntry]
) -> None:
    entry = waiting["All-clear"]

    answer = lead_client.get(page("entries", opened, entry.pk), {"decision": "approve"})

    entry.refresh_from_db()
    assert answer.status_code == 405
    assert entry.state == State.WAITING


def test_the_lead_is_handed_over(lead_client: Client, opened: Incident, deputy: User) -> None:
    lead_client.post(page("handover", opened), {"lead": deputy.pk})

    assert Incident.objects.get().lead == deputy


@pytest.fixture
def manager_client(db: None) -> Client:
    """The account manager: looks on, phones customers, does not speak to all of them."""
    manager = UserFactory(username="manager", is_staff=True)
    manager.user_permissions.set(
        Permission.objects.filter(codename__in=["view_incident", "change_timelineentry"])
    )
    client = Client()
    client.force_login(manager)
    return client


def test_the_account_manager_ticks_off_a_task(
    manager_client: Client, opened: Incident, waiting: dict[str, TimelineEntry]
) -> None:
    entry = waiting["Phone the key accounts"]

    manager_client.post(
        page("entries", opened, entry.pk), {"decision": "complete", "words": "All three reached"}
    )

    entry.refresh_from_db()
    assert entry.state == State.DONE


@pytest.mark.parametrize("decision", ["approve", "skip"])
def test_the_account_manager_decides_about_no_message(
    decision: str,
    manager_client: Client,
    opened: Incident,
    waiting: dict[str, TimelineEntry],
) -> None:
    entry = waiting["All-clear"]

    answer = manager_client.post(
        page("entries", opened, entry.pk), {"decision": decision, "words": "Mine"}
    )

    entry.refresh_from_db()
    assert answer.status_code == 403
    assert entry.state == State.WAITING


def test_the_account_manager_sees_the_buttons_of_tasks_only(
    manager_client: Client, opened: Incident, waiting: dict[str, TimelineEntry]
) -> None:
    words = manager_client.get(page("room", opened)).content.decode()

    assert "Tick it off" in words
    assert "Approve and send" not in words
    assert "Publish update" not in words


def test_the_room_leads_to_what_the_asked_have_answered(
    lead_client: Client, manager_client: Client, opened: Incident, plan: Plan
) -> None:
    survey = SurveyFactory(slug="after")
    step = PlanStepFactory(plan=plan, trigger="resolved", survey=survey)
    opened.timeline.create(
        step=step, slot="asked", due_at=NOON, reason="resolved", broadcast=BroadcastFactory()
    )
    address = f"/admin/feedback/survey/results/?survey=after&amp;occasion={opened.key}"

    assert address in lead_client.get(page("room", opened)).content.decode()
    assert address not in manager_client.get(page("room", opened)).content.decode()
