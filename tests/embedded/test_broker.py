import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from celery import Celery
from kombu import Connection, Exchange, Queue

from config import work
from tests.processes import wait_for
from tests.worker import running


def connected(folder):
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder)}
    return {
        "hostname": "localhost",
        "transport": "embedded.broker:Transport",
        "transport_options": options | {"control_folder": str(folder / "control")},
    }


def filled(connection, name, numbers):
    # All connections of a process share what they know of a name, in whichever folder.
    words = Queue(name, Exchange(name), name)
    with Connection(**connection) as writer:
        for number in numbers:
            writer.Producer().publish(
                {"number": number}, exchange=words.exchange, routing_key=name, declare=[words]
            )


def taken(channel, name):
    message = channel.basic_get(name, no_ack=True)
    return message.payload["number"] if message else None


@pytest.mark.slow(reason="hundreds of messages have to meet a reader in the wrong moment")
def test_a_message_is_never_seen_before_it_is_whole(tmp_path):
    connection = connected(tmp_path)
    received = []

    def read():
        with Connection(**connection) as reader, reader.SimpleQueue("words") as queue:
            while len(received) < 300:
                message = queue.get(timeout=10)
                message.ack()
                received.append(message.payload)

    thread = threading.Thread(target=read)
    thread.start()
    with Connection(**connection) as writer, writer.SimpleQueue("words") as queue:
        for number in range(300):
            queue.put({"number": number, "padding": "x" * 50_000})
    thread.join()

    assert sorted(words["number"] for words in received) == list(range(300))


def test_two_readers_share_what_lies_there_and_each_message_comes_once(tmp_path):
    connection = connected(tmp_path)
    filled(connection, "shared", range(20))

    with Connection(**connection) as one, Connection(**connection) as other:
        channels = [one.channel(), other.channel()]
        received = [taken(channel, "shared") for _turn in range(10) for channel in channels]
        assert [taken(channel, "shared") for channel in channels] == [None, None]

    assert sorted(received) == list(range(20))


def test_a_long_queue_is_looked_through_once_and_not_for_every_message(tmp_path, monkeypatch):
    connection, looks = connected(tmp_path), []
    look = Path.glob
    monkeypatch.setattr(Path, "glob", lambda *args: looks.append(args) or look(*args))
    filled(connection, "long", range(50))

    with Connection(**connection) as reader:
        channel = reader.channel()
        assert sorted(taken(channel, "long") for _message in range(50)) == list(range(50))

    assert len(looks) == 1


@pytest.mark.slow(reason="a real worker reads the queue")
def test_what_beat_said_during_a_stall_is_dropped_unread_and_the_next_is_done(tmp_path):
    app, done = Celery("stalled", broker="localhost", set_as_current=False), []
    connection = connected(tmp_path)
    app.conf.broker_transport = connection["transport"]
    app.conf.broker_transport_options = connection["transport_options"]
    beat = work.schedule(tick_seconds=1)["sweep"]

    @app.task(name="stalled.sweep")
    def sweep(said):
        done.append(said)

    stalled = datetime(2026, 1, 1, tzinfo=UTC)
    assert beat["options"] == {"expires": work.ROUND_SECONDS}
    with running(app):
        for number in range(200):
            sweep.apply_async([number], expires=stalled)
        sweep.apply_async(["fresh"], **beat["options"])
        wait_for(lambda: done)

    assert done == ["fresh"]
