"""A person decides what becomes of messages nobody can be sure of, one by one or many at once."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from messaging.models import Broadcast, Delivery
from tests.factories import BroadcastFactory, DeliveryFactory, UserFactory

LIST = "admin:messaging_delivery_changelist"
State = Delivery.State


@pytest.fixture
def lost(db: None) -> Delivery:
    return DeliveryFactory(state=State.UNKNOWN)


def decide(client: Client, delivery: Delivery, how: str, **form: str) -> HttpResponse:
    path = reverse(f"admin:messaging_delivery_{how}", args=[delivery.pk])
    answer = client.post(path, form, follow=True)
    delivery.refresh_from_db()
    return answer


def decide_many(client: Client, action: str, query: str = "", **form: object) -> HttpResponse:
    return client.post(reverse(LIST) + query, {"action": action, "index": "0", **form}, follow=True)


def said(answer: HttpResponse) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


@pytest.mark.parametrize(
    ("how", "state", "noted"),
    [
        ("resend", State.PENDING, "Resent although it may have gone out: They phoned"),
        ("treat_as_sent", State.ACCEPTED, "Treated as sent: They phoned"),
    ],
)
def test_one_message_is_decided_with_a_reason_and_the_history_says_by_whom(
    lead_client: Client, lead: User, lost: Delivery, how: str, state: State, noted: str
) -> None:
    page = lead_client.get(reverse(f"admin:messaging_delivery_{how}", args=[lost.pk]))
    decide(lead_client, lost, how)
    without_reason = lost.state

    answer = decide(lead_client, lost, how, reason="They phoned")

    assert "Nobody knows whether this went out" in page.content.decode()
    assert (without_reason, lost.state) == (State.UNKNOWN, state)
    assert len(said(answer)) == 1
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (lead, str(lost.pk))
    assert entry.get_change_message() == noted


def test_the_decision_is_offered_only_where_there_is_one(
    lead_client: Client, lost: Delivery
) -> None:
    path = reverse("admin:messaging_delivery_change", args=[lost.pk])
    offered = lead_client.get(path).context["actions_detail"]
    Delivery.objects.update(state=State.DELIVERED)

    assert [one["title"] for one in offered] == ["Resend…", "Treat as sent…"]
    assert not lead_client.get(path).context["actions_detail"]


def test_too_late_to_send_again_is_said(lead_client: Client, lost: Delivery) -> None:
    Broadcast.objects.update(state="cancelled")

    answer = decide(lead_client, lost, "resend", reason="They phoned")

    assert lost.state == State.UNKNOWN
    assert said(answer) == ["1 message was left: its broadcast is cancelled or no longer news."]
    assert not LogEntry.objects.exists()


def test_what_has_become_known_meanwhile_is_said(lead_client: Client, lost: Delivery) -> None:
    Delivery.objects.update(state=State.DELIVERED)

    answer = decide(lead_client, lost, "treat_as_sent", reason="Surely")

    assert lost.state == State.DELIVERED
    assert said(answer) == ["1 message was left: what became of it is known."]


def test_many_are_counted_confirmed_and_noted(lead_client: Client, lost: Delivery) -> None:
    late = DeliveryFactory(state=State.UNKNOWN, broadcast=BroadcastFactory(state="cancelled"))
    sent = DeliveryFactory(state=State.ACCEPTED)
    chosen = {"_selected_action": [lost.pk, late.pk, sent.pk]}

    asked = decide_many(lead_client, "resend_many", **chosen)
    before = set(Delivery.objects.filter(state=State.UNKNOWN))
    refused = decide_many(lead_client, "resend_many", **chosen, confirmed="yes")
    done = decide_many(lead_client, "resend_many", **chosen, confirmed="yes", reason="Phoned")

    assert "2 messages are unknown." in asked.content.decode()
    assert before == {lost, late}
    assert refused.context["form"].errors
    assert said(done) == [
        "1 message is sent again.",
        "1 message was left: its broadcast is cancelled or no longer news.",
    ]
    assert [Delivery.objects.get(pk=one.pk).state for one in (lost, late, sent)] == [
        State.PENDING,
        State.UNKNOWN,
        State.ACCEPTED,
    ]
    assert LogEntry.objects.get().object_id == str(lost.pk)


def test_the_page_for_many_brings_everything_that_confirming_needs(
    lead_client: Client, lost: Delivery
) -> None:
    for _number in range(3):
        DeliveryFactory(state=State.UNKNOWN)
    elsewhere = DeliveryFactory(state=State.UNKNOWN, channel="sms", address="+447700900001")
    everything = {"_selected_action": [lost.pk], "select_across": "1"}

    asked = decide_many(lead_client, "treat_many_as_sent", "?channel__exact=email", **everything)
    form = dict(asked.context["hidden"]) | {"reason": "Seen in their log"}
    action = form.pop("action")
    decide_many(lead_client, action, "?channel__exact=email", **form)

    assert Delivery.objects.filter(state=State.ACCEPTED).count() == 4
    elsewhere.refresh_from_db()
    assert elsewhere.state == State.UNKNOWN
    assert LogEntry.objects.count() == 4


def test_where_nothing_is_unknown_nothing_is_asked(lead_client: Client) -> None:
    sent = DeliveryFactory(state=State.ACCEPTED)

    answer = decide_many(lead_client, "resend_many", _selected_action=[sent.pk])

    assert said(answer) == ["None of these is unknown: nothing was changed."]


def test_who_may_only_look_decides_nothing(client: Client, lost: Delivery) -> None:
    reader = UserFactory(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    client.force_login(reader)

    one = decide(client, lost, "resend", reason="I want to")
    decide_many(
        client, "resend_many", _selected_action=[lost.pk], confirmed="yes", reason="I want to"
    )

    lost.refresh_from_db()
    assert (one.status_code, lost.state) == (403, State.UNKNOWN)


def test_a_director_of_broadcasts_decides(client: Client, lost: Delivery) -> None:
    director = UserFactory(is_staff=True)
    director.user_permissions.set(
        Permission.objects.filter(codename__in=["view_delivery", "change_broadcast"])
    )
    client.force_login(director)

    decide(client, lost, "treat_as_sent", reason="Their log says so")

    assert lost.state == State.ACCEPTED


def test_the_pages_speak_german(lead_client: Client, lost: Delivery) -> None:
    german = {"headers": {"Accept-Language": "de"}}
    path = reverse("admin:messaging_delivery_resend", args=[lost.pk])

    assert (
        "Erneut senden, was vielleicht nicht ankam"
        in lead_client.get(path, **german).content.decode()
    )
