"""Stopped channels, rate limits and senders at work."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.admin import stops
from messaging.models import Circuit, Delivery, Lease, RateLimit
from messaging.services import circuits, leases
from tests.factories import DeliveryFactory, UserFactory

OVERVIEW = "/admin/messaging/ratelimit/"
TRY = "/admin/messaging/circuit/{}/try-now"


@pytest.fixture
def stopped(db: None) -> Circuit:
    return Circuit.objects.create(
        channel="sms",
        because="refused 20003",
        retry_at=timezone.now() + timedelta(minutes=2),
    )


def try_now(client: Client, channel: str = "sms") -> object:
    return client.post(reverse("admin:messaging_circuit_try_now", args=[channel]), follow=True)


def test_a_person_has_a_channel_tried_at_once_and_the_history_says_who(
    lead_client: Client, lead: User, stopped: Circuit
) -> None:
    began = timezone.now() - timedelta(hours=1)
    Circuit.objects.update(opened_at=began, retry_at=timezone.now() + timedelta(minutes=2))

    answer = try_now(lead_client)

    assert Circuit.objects.get().opened_at == began
    assert [circuits.allowance(channel="sms") for _try in range(2)] == [1, 0]
    assert "It goes on as soon as one is taken" in answer.text
    noted = LogEntry.objects.get(object_id="sms")
    assert noted.user == lead
    assert noted.get_change_message() == (
        "Tried again at once: The provider refuses us (the log-in is refused, 20003)."
    )


@pytest.mark.parametrize(
    ("because", "words"),
    [
        ("unreachable connect", "The provider cannot be reached (the provider was not reached)."),
        (
            "unreachable gaierror",
            "cannot be reached (the server's name is not known).",
        ),
        ("rejected 554", "refused too many messages, the latest: refused as unwanted, 554."),
        ("refused ", "The provider refuses us (no reason given)."),
    ],
)
def test_what_stops_a_channel_is_said_in_words(stopped: Circuit, because: str, words: str) -> None:
    stopped.because = because

    assert words in stops.because(stopped)


def test_asking_does_not_yet_let_it_go_on(lead_client: Client, stopped: Circuit) -> None:
    answer = lead_client.get(reverse("admin:messaging_circuit_try_now", args=["sms"]))

    assert "stays stopped" in answer.text
    assert circuits.allowance(channel="sms") == 0


def test_what_goes_on_by_itself_meanwhile_is_no_error(lead_client: Client) -> None:
    answer = try_now(lead_client)

    assert "not stopped any more" in answer.text


def test_who_may_only_look_lets_nothing_go_on(stopped: Circuit) -> None:
    reader = UserFactory(is_staff=True)
    for name in ("view_circuit", "view_ratelimit"):
        reader.user_permissions.add(Permission.objects.get(codename=name))
    client = Client()
    client.force_login(reader)

    refused = try_now(client)

    assert refused.status_code == 403
    words = client.get(OVERVIEW).text
    assert "The provider refuses us (the log-in is refused, 20003)." in words
    assert "Try again now" not in words
    assert "Senders at work" not in words


def add(client: Client, **form: str) -> object:
    form = {"channel": "email", "domain": "", "per_second": "14", **form}
    return client.post("/admin/messaging/ratelimit/add/", form)


def test_a_limit_is_set_changed_and_lifted(lead_client: Client) -> None:
    add(lead_client, domain=" @GMail.com ")
    limit = RateLimit.objects.get()
    assert (limit.domain, limit.per_second) == ("gmail.com", 14)

    change = reverse("admin:messaging_ratelimit_change", args=[limit.pk])
    lead_client.post(change, {"channel": "email", "domain": "gmail.com", "per_second": "0.5"})
    limit.refresh_from_db()
    assert limit.per_second == 0.5

    lead_client.post(reverse("admin:messaging_ratelimit_delete", args=[limit.pk]), {"post": "yes"})
    assert not RateLimit.objects.exists()


@pytest.mark.parametrize(
    ("typed", "stored"), [("gmail.com.", "gmail.com"), ("@München.de", "xn--mnchen-3ya.de")]
)
def test_a_domain_is_kept_as_addresses_have_it(
    lead_client: Client, typed: str, stored: str
) -> None:
    add(lead_client, domain=typed)

    assert RateLimit.objects.get().domain == stored


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"per_second": "0"}, "to stop, pause instead"),
        ({"per_second": "0.0001"}, "from 0.001 to 10,000"),
        ({"per_second": "10001"}, "from 0.001 to 10,000"),
        ({"domain": "not a domain!!"}, "write it like gmail.com"),
        ({"domain": "user@gmail.com"}, "write it like gmail.com"),
        ({"channel": "sms", "domain": "gmail.com"}, "Only e-mail addresses have a domain"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(
    lead_client: Client, form: dict[str, str], words: str
) -> None:
    answer = add(lead_client, **form)

    assert words in answer.text
    assert not RateLimit.objects.exists()


def test_a_second_limit_for_the_same_is_refused(lead_client: Client) -> None:
    add(lead_client)

    assert "There is a limit for this already." in add(lead_client).text


def test_senders_show_what_they_hold(lead_client: Client) -> None:
    owner = leases.take(channel="email")
    leases.take(channel="sms")
    for state in ("claimed", "claimed", "accepted"):
        delivery = DeliveryFactory(state="pending")
        Delivery.objects.filter(pk=delivery.pk).update(state=state, lease=owner)

    shown = lead_client.get(OVERVIEW).context["senders"]

    assert [(row["channel"], row["held"]) for row in shown] == [("E-mail", 2), ("SMS", 0)]
    assert not any(row["is_gone"] for row in shown)


def test_a_sender_that_does_not_renew_is_shown_as_gone(lead_client: Client) -> None:
    leases.take(channel="email")
    Lease.objects.update(until=timezone.now())

    assert "handed out again" in lead_client.get(OVERVIEW).text
