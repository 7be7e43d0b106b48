import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from messaging.channels import TemporaryFailure
from messaging.models import Broadcast, Circuit, Delivery, Heartbeat, Lease, RateLimit, Tally
from messaging.services import claiming, deliveries, heartbeats, leases, tallies, vitals, waiting
from tests.factories import BroadcastContentFactory, BroadcastFactory, DeliveryFactory

pytestmark = pytest.mark.django_db
SENDING = "/health/sending"
OPENED = datetime(2026, 9, 1, 14, 3, tzinfo=UTC)


def ago(seconds):
    return datetime.now(UTC) - timedelta(seconds=seconds)


@pytest.fixture
def ticking():
    """Beat is at work, as the tasks it fires tell."""
    for task in heartbeats.expected():
        heartbeats.note(task=task)


@pytest.fixture
def broadcast(ticking):
    broadcast = BroadcastFactory(started_at=ago(300), frozen_at=ago(300))
    BroadcastContentFactory(broadcast=broadcast)
    return broadcast


def due(broadcast, seconds=300, **kwargs):
    return DeliveryFactory(broadcast=broadcast, not_before=ago(seconds), **kwargs)


def tally(outcome, code="", seconds=0.0):
    tallies.add(channel="email", counts={(outcome, code): 1})
    Tally.objects.filter(outcome=outcome, code=code).update(at=ago(seconds))


def found():
    return [finding.what for finding in vitals.findings()]


def words():
    [finding] = vitals.findings()
    return finding.words


def test_a_quiet_system_is_well(client, ticking):
    answer = client.get(SENDING)

    assert answer.status_code == 200
    assert answer.json() == {"status": "well", "findings": []}
    assert "no-store" in answer["Cache-Control"]


def test_a_beat_that_never_fired_is_named(client):
    answer = client.get(SENDING)

    assert answer.status_code == 503
    assert {one["what"] for one in answer.json()["findings"]} == {"tick"}
    assert "incidents.tasks.tick has never run" in answer.json()["findings"][0]["words"]


def test_a_task_of_the_beat_that_went_silent_is_named(ticking, settings):
    late = settings.TICK_SECONDS + settings.HEALTH_MAX_AGE_SECONDS + 5
    Heartbeat.objects.filter(task="messaging.tasks.sweep").update(at=ago(late))

    assert words().startswith(f"messaging.tasks.sweep last ran {late} s ago")


def test_a_heartbeat_is_kept_once_per_task_and_only_of_those_that_beat_fires():
    for _number in range(2):
        heartbeats.note(task="messaging.tasks.sweep")
        heartbeats.note(task="messaging.tasks.send")

    assert [beat.task for beat in Heartbeat.objects.all()] == ["messaging.tasks.sweep"]


def test_what_is_due_since_a_moment_is_well(broadcast):
    due(broadcast, seconds=5)

    assert found() == []


def test_due_messages_without_a_sender_are_found(broadcast):
    due(broadcast)

    assert "due since 300 s, and no sender is at work" in words()


def test_due_messages_that_senders_do_not_move_are_found(broadcast):
    due(broadcast)
    leases.take(channel="email")

    assert "though senders are at work" in words()


def test_a_long_mailing_that_moves_is_well(broadcast):
    due(broadcast)
    tally(tallies.ACCEPTED)

    assert found() == []


def test_messages_that_are_only_put_off_do_not_move(broadcast):
    due(broadcast)
    tally(tallies.DEFERRED, "451")

    assert found() == ["stuck"]


def test_what_a_person_wants_to_wait_is_well(broadcast):
    due(broadcast)
    Broadcast.objects.update(state=Broadcast.State.PAUSED)

    assert found() == []


def test_a_rate_limit_slower_than_the_threshold_is_well(broadcast):
    RateLimit.objects.create(channel="email", per_second=0.01)
    due(broadcast, seconds=150)

    assert found() == []


def test_a_limit_for_one_domain_hides_no_channel_that_is_stuck(broadcast):
    RateLimit.objects.create(channel="email", domain="example.org", per_second=0.001)
    due(broadcast, address="ana@example.com")

    assert found() == ["stuck"]


def test_what_a_domain_puts_off_may_wait_longer(broadcast):
    RateLimit.objects.create(
        channel="email", domain="example.org", per_second=0.001, filled_at=ago(0)
    )
    due(broadcast, address="ana@example.org")

    claiming.Claimer("email", leases.take(channel="email")).claim()

    assert found() == []


def test_a_message_that_comes_later_is_well(broadcast):
    DeliveryFactory(broadcast=broadcast, not_before=ago(-600))

    assert found() == []


@pytest.mark.parametrize(
    ("because", "said"),
    [
        ("refused 20003 AC0123 10.0.0.7", "the provider refuses us"),
        ("rejected 550", "the provider refuses too many messages"),
        ("unreachable connect", "the provider cannot be reached"),
        ("10.0.0.7 port 2525", "the provider refuses us"),
    ],
)
def test_a_stopped_channel_is_named_with_its_trouble_in_our_own_words(
    client, ticking, because, said
):
    Circuit.objects.create(channel="sms", because=because, retry_at=ago(-60), opened_at=OPENED)

    answer = client.get(SENDING)

    assert answer.status_code == 503
    [finding] = answer.json()["findings"]
    assert finding["what"] == "stopped"
    assert finding["words"] == f"sms is stopped since 2026-09-01 14:03 UTC: {said}."


def test_a_broadcast_that_nobody_freezes_is_found(ticking):
    BroadcastFactory(started_at=ago(200), frozen_at=None)

    assert words().startswith("A broadcast started 200 s ago has no recipients yet")


def test_a_provider_that_cannot_be_reached_is_found(broadcast, email):
    delivery = due(broadcast, seconds=1)
    email.failures[delivery.address] = TemporaryFailure("connect", "refused")

    deliveries.send_pending(channel="email")

    assert words().startswith("email does not reach its provider: ")


def test_one_full_mailbox_is_no_alarm(broadcast, email):
    delivery = due(broadcast, seconds=1)
    email.failures[delivery.address] = TemporaryFailure(452, "mailbox full")

    deliveries.send_pending(channel="email")

    assert found() == []


def test_a_new_broadcast_may_meet_a_provider_that_is_away_for_a_moment(broadcast):
    Broadcast.objects.update(started_at=ago(10))
    DeliveryFactory(broadcast=broadcast, not_before=ago(-20))
    tally(tallies.DEFERRED, "connect")

    assert found() == []


def test_a_look_at_many_rows_ends_early(broadcast, monkeypatch):
    monkeypatch.setattr(waiting, "ROWS", 3)
    for seconds in (500, 400, 300, 200, 100):
        due(broadcast, seconds=seconds)

    looked = waiting.on(channel="email", broadcasts=waiting.at_work())

    assert looked.due == 3
    assert 299 < looked.oldest_due_age < 305


@pytest.fixture
def database_away():
    def refuse(*args):
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.parametrize("path", ["/health/ready", SENDING])
def test_a_database_that_is_away_is_said(client, database_away, path):
    answer = client.get(path)

    assert answer.status_code == 503
    assert answer.json()["findings"][0]["what"] == "database"


def test_the_process_is_alive_without_a_database(client, database_away):
    assert client.get("/health/live").json() == {"status": "well", "findings": []}


def test_it_is_ready_with_every_migration_and_not_before(client, monkeypatch):
    vitals._is_migrated.clear()
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("messaging", "0001_initial")
    lacking = client.get("/health/ready")
    recorder.record_applied("messaging", "0001_initial")

    assert lacking.status_code == 503
    assert "run manage.py migrate" in lacking.json()["findings"][0]["words"]
    assert client.get("/health/ready").status_code == 200


def test_health_changes_nothing_and_only_answers_questions(client, ticking):
    assert client.post(SENDING).status_code == 405


def test_the_command_says_the_same_and_fails_when_unwell(broadcast):
    said = StringIO()
    call_command("vitals", stdout=said)
    assert said.getvalue() == "Messages are moving.\n"

    due(broadcast)
    with pytest.raises(SystemExit) as end:
        call_command("vitals", stdout=said)

    assert end.value.code == 1
    assert "stuck: email has messages due" in said.getvalue()


@pytest.mark.slow(reason="a process of its own that looks for a database")
def test_the_command_says_soon_that_the_database_is_away(tmp_path):
    result = subprocess.run(
        [sys.executable, "manage.py", "vitals"],
        cwd=django_settings.BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "KLARTEXT_VAR": str(tmp_path),
            "TEST_DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert (result.returncode, result.stdout) == (1, "database: The database does not answer.\n")


def test_after_a_restore_nothing_goes_out_by_itself(broadcast, email, sms):
    waiting_one = due(broadcast)
    lease = Lease.objects.get(owner=leases.take(channel="sms"))
    being_sent = due(broadcast, channel="sms", state=Delivery.State.SENDING, lease=lease)
    said = StringIO()

    call_command("hold", stdout=said)
    deliveries.send_pending(channel="email")

    for delivery in (waiting_one, being_sent, broadcast):
        delivery.refresh_from_db()
    assert (waiting_one.state, email.sent) == ("pending", [])
    assert (being_sent.state, being_sent.error_code) == ("unknown", "held")
    assert (broadcast.state, broadcast.pause_reason[:5]) == ("paused", "Held:")
    assert (
        "Broadcasts paused: 1\nDeliveries now unknown, they were being sent: 1" in said.getvalue()
    )


def test_a_hold_without_anything_to_hold_says_so(db):
    said = StringIO()

    call_command("hold", stdout=said)

    assert said.getvalue() == "Nothing was being sent, so there is nothing to hold.\n"


def test_a_hold_without_its_tables_names_the_fix(db, monkeypatch):
    missing = vitals.Finding("migrations", "3 are not applied: run manage.py migrate.")
    monkeypatch.setattr(vitals, "obstacles", lambda: [missing])

    with pytest.raises(CommandError, match="3 are not applied"):
        call_command("hold")


def test_a_hold_without_its_database_says_so(db, monkeypatch):
    def away():
        raise OperationalError

    monkeypatch.setattr(vitals, "obstacles", away)

    with pytest.raises(CommandError, match="The database does not answer"):
        call_command("hold")


def test_the_reason_of_a_hold_can_be_said(broadcast):
    call_command("hold", "--because", "Moving house", stdout=StringIO())

    broadcast.refresh_from_db()
    assert broadcast.pause_reason == "Moving house"
