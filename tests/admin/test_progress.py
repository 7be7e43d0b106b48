"""How far a broadcast is, on its page and in the list."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from messaging.admin.progress import rate, span
from messaging.models import Broadcast, Circuit, Delivery, RateLimit
from messaging.services import progress
from tests.factories import BroadcastFactory, DeliveryFactory, UserFactory

LIST = "/admin/messaging/broadcast/"


@pytest.fixture
def broadcast(db: None) -> Broadcast:
    broadcast = BroadcastFactory(title="Outage", channels=["email", "sms"])
    for state, code in (
        ("pending", ""),
        ("accepted", ""),
        ("delivered", ""),
        ("failed", "550"),
        ("skipped", "unsubscribed"),
        ("unknown", "ReadTimeout"),
    ):
        DeliveryFactory(broadcast=broadcast, state=state, error_code=code)
    return broadcast


def page(client: Client, broadcast: Broadcast) -> str:
    return client.get(reverse("admin:messaging_broadcast_change", args=[broadcast.pk])).text


def polled(client: Client, broadcast: Broadcast) -> dict:
    address = reverse("admin:messaging_broadcast_progress", args=[broadcast.pk])
    return client.get(address).json()


def test_the_page_says_how_far_it_is_without_a_script(
    lead_client: Client, broadcast: Broadcast
) -> None:
    words = page(lead_client, broadcast)

    assert "2 of 6 sent · 1 left out · 2 failed or unclear" in words
    assert "33 %" in words
    assert "not known yet" in words


def test_problems_say_what_to_do_and_lead_to_their_deliveries(
    lead_client: Client, broadcast: Broadcast
) -> None:
    answer = lead_client.get(reverse("admin:messaging_broadcast_change", args=[broadcast.pk]))

    failed = next(why for why in answer.context["problems"] if why.code == "550")
    assert failed.what == "the mailbox does not exist or refuses us"
    assert failed.fix == "Correct the address in the contact."
    listed = lead_client.get(failed.url).context["cl"].queryset
    assert [delivery.error_code for delivery in listed] == ["550"]
    assert [why.code for why in answer.context["left_out"]] == ["unsubscribed"]


def test_what_has_no_code_leads_to_its_deliveries_too(lead_client: Client) -> None:
    broadcast = BroadcastFactory()
    DeliveryFactory(broadcast=broadcast, state="expired")
    DeliveryFactory(broadcast=broadcast, state="expired", error_code="451")

    answer = lead_client.get(reverse("admin:messaging_broadcast_change", args=[broadcast.pk]))

    bare = next(why for why in answer.context["problems"] if not why.code)
    assert lead_client.get(bare.url).context["cl"].result_count == 1


def test_the_script_gets_the_same_parts_anew(lead_client: Client, broadcast: Broadcast) -> None:
    answer = polled(lead_client, broadcast)

    assert (answer["state"], answer["is_over"]) == ("sending", False)
    assert "2 of 6 sent" in answer["parts"]["numbers"]
    assert "550" in answer["parts"]["reasons"]


def test_the_script_stops_when_nothing_more_will_come(
    lead_client: Client, broadcast: Broadcast
) -> None:
    Broadcast.objects.update(state="cancelled", finished_at=timezone.now())
    assert not polled(lead_client, broadcast)["is_over"]
    Delivery.objects.filter(state="pending").update(state="cancelled")
    Broadcast.objects.update(counted_at=None)

    assert polled(lead_client, broadcast)["is_over"]


def test_why_it_does_not_move_is_said(lead_client: Client, broadcast: Broadcast) -> None:
    Broadcast.objects.update(state="paused", pause_reason="Wrong <link>")
    Circuit.objects.create(channel="email", because="refused 535", retry_at=timezone.now())

    notices = polled(lead_client, broadcast)["parts"]["notices"]

    assert "Paused because: Wrong &lt;link&gt;" in notices
    assert "E-mail is stopped since" in notices
    assert "the log-in is refused, 535" in notices


def test_before_the_freeze_is_done_it_says_so_far(
    lead_client: Client, broadcast: Broadcast
) -> None:
    Broadcast.objects.update(frozen_at=None)

    words = page(lead_client, broadcast)

    assert "2 of 6 sent so far" in words
    assert "the total grows" in words


@pytest.mark.parametrize("name", ["progress", "pause", "prioritise"])
def test_who_may_not_see_a_broadcast_does_not_learn_how_far_it_is(
    broadcast: Broadcast, name: str
) -> None:
    client = Client()
    client.force_login(UserFactory(is_staff=True))

    answer = client.get(reverse(f"admin:messaging_broadcast_{name}", args=[broadcast.pk]))

    assert answer.status_code == 403


def test_who_may_only_look_is_offered_no_buttons(broadcast: Broadcast) -> None:
    reader = UserFactory(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_broadcast"))
    client = Client()
    client.force_login(reader)
    Circuit.objects.create(channel="email", because="refused 535", retry_at=timezone.now())

    answer = polled(client, broadcast)

    assert "the log-in is refused, 535" in answer["parts"]["notices"]
    assert "Try again" not in answer["parts"]["notices"]


def test_a_draft_has_no_progress(lead_client: Client) -> None:
    draft = BroadcastFactory(state="draft", started_at=None, frozen_at=None)

    assert "data-progress" not in page(lead_client, draft)


def test_the_list_shows_what_was_counted_and_asks_no_delivery(
    lead_client: Client, broadcast: Broadcast, django_assert_max_num_queries: object
) -> None:
    progress.count(broadcast=broadcast, now=timezone.now())
    BroadcastFactory.create_batch(20)

    with django_assert_max_num_queries(8) as asked:  # type: ignore[operator]
        words = lead_client.get(LIST).text

    assert "2\xa0/\xa06" in words
    assert not [query for query in asked if "messaging_delivery" in query["sql"]]


def test_before_cancelling_it_says_exactly_who_will_not_get_it(
    lead_client: Client, broadcast: Broadcast
) -> None:
    Delivery.objects.bulk_create(
        DeliveryFactory.build(broadcast=broadcast, contact=None, address=f"{number}@example.com")
        for number in range(1233)
    )

    words = lead_client.get(
        reverse("admin:messaging_broadcast_cancel", args=[broadcast.pk])
    ).context["consequences"]

    assert words == ["1,234 messages will not go out."]


def test_an_unfrozen_broadcast_is_cancelled_knowing_that_there_is_more(
    lead_client: Client, broadcast: Broadcast
) -> None:
    Broadcast.objects.update(frozen_at=None)

    answer = lead_client.get(reverse("admin:messaging_broadcast_cancel", args=[broadcast.pk]))

    assert answer.context["consequences"] == [
        "1 message will not go out.",
        "Its recipients are still being written: there will be more of them.",
    ]


def test_a_person_sends_it_sooner_and_the_history_says_so(
    lead_client: Client, broadcast: Broadcast
) -> None:
    address = reverse("admin:messaging_broadcast_prioritise", args=[broadcast.pk])

    lead_client.post(address, {"priority": "1"})
    refused = lead_client.post(address, {"priority": "2"})

    broadcast.refresh_from_db()
    assert broadcast.priority == Broadcast.Priority.URGENT
    assert refused.context["form"].errors
    history = lead_client.get(reverse("admin:messaging_broadcast_history", args=[broadcast.pk]))
    assert "Priority: urgent" in history.text


@pytest.mark.parametrize(
    ("seconds", "english", "german"),
    [
        (0.2, "about 1 second", "etwa 1 Sekunde"),
        (42, "about 42 seconds", "etwa 42 Sekunden"),
        (61, "about 1\xa0minute", "etwa 1\xa0Minute"),
        (7_830, "about 2\xa0hours, 11\xa0minutes", "etwa 2\xa0Stunden, 11\xa0Minuten"),
    ],
)
def test_time_is_told_in_words(seconds: float, english: str, german: str) -> None:
    assert span(seconds) == english
    with override("de"):
        assert span(seconds) == german


@pytest.mark.parametrize(
    ("seconds", "done", "words"),
    [(2, 4, "2 a second"), (10, 3, "18 a minute"), (2, 0, "0 a second")],
)
def test_the_speed_is_told_in_the_unit_that_fits(
    broadcast: Broadcast, seconds: int, done: int, words: str
) -> None:
    now = timezone.now()
    broadcast.counts = {
        "at": now.isoformat(),
        "numbers": {"email": {"pending": 4, "accepted": done}},
        "trail": [
            [now.timestamp() - seconds, {"email": 0}],
            [now.timestamp(), {"email": done}],
        ],
    }
    seen = progress.as_counted(broadcast=broadcast)

    assert rate(seen) == words


def test_numbers_of_another_day_say_which(lead_client: Client, broadcast: Broadcast) -> None:
    long_ago = timezone.now() - timedelta(days=30)
    progress.count(broadcast=broadcast, now=long_ago)
    Broadcast.objects.update(state="finished", finished_at=long_ago)
    row = Broadcast.objects.get()
    Broadcast.objects.update(counts={**row.counts, "state": "finished", "numbers": {}})

    words = page(lead_client, broadcast)

    assert f"{long_ago.astimezone():%Y}" in words


def test_what_keeps_it_from_going_faster_is_said_while_it_goes(
    lead_client: Client, broadcast: Broadcast
) -> None:
    RateLimit.objects.create(channel="email", per_second=14)
    RateLimit.objects.create(channel="sms", domain="", per_second=0.5)

    notices = polled(lead_client, broadcast)["parts"]["notices"]

    assert "E-mail: no more than 14 a second go out" in notices
    assert "SMS: no more than 0.5 a second go out" in notices
    Delivery.objects.filter(state="pending").update(state="accepted")
    progress.keep_counted(now=timezone.now() + timedelta(minutes=1))
    assert "no more than" not in page(lead_client, broadcast)
