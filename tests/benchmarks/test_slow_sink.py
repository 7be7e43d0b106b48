"""The distant mail server of the benchmark must neither be too quick nor too slow."""

import asyncio
import smtplib
import socket
import threading
import time

import pytest

from benchmarks import slow_sink

DELAY = 0.05
MAIL = b"Subject: x\r\n\r\n.a line that begins with a dot\r\n"


@pytest.fixture
def port(tmp_path):
    conversations = []

    def begin():
        conversations.append(slow_sink.Conversation(DELAY, tmp_path))
        return conversations[-1]

    async def hang_up():
        server.close()
        for conversation in conversations:
            conversation.transport.abort()
        # Until the loop has told them.
        await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(begin, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(hang_up())
    loop.close()


def test_it_takes_mail_and_keeps_it_as_it_went_over_the_wire(port, tmp_path):
    with smtplib.SMTP("127.0.0.1", port) as connection:
        for _number in range(2):
            connection.sendmail("a@example.com", ["b@example.com"], MAIL)

    kept = [path.read_bytes() for path in tmp_path.iterdir()]
    assert kept == [MAIL.replace(b"\r\n.", b"\r\n..")] * 2


def test_every_reply_waits(port):
    with smtplib.SMTP("127.0.0.1", port) as connection:
        connection.ehlo()
        began = time.monotonic()
        connection.sendmail("a@example.com", ["b@example.com"], MAIL)
        waited = time.monotonic() - began

    replies = ["MAIL", "RCPT", "DATA", "the message"]
    assert waited >= len(replies) * DELAY


def test_commands_that_come_together_wait_once(port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        assert client.recv(1000).startswith(b"220")
        began = time.monotonic()
        client.sendall(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
        replies = client.recv(1000)
        waited = time.monotonic() - began

    assert replies.count(b"\r\n") == 3
    assert DELAY <= waited < 3 * DELAY
