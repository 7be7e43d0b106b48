import threading
from contextlib import contextmanager

import pytest
from django.db import connections

from messaging.channels import Accepted, DeliveryFailure, SenderFault, registry


class FakeChannel:
    """Behind the channel contract; can be told to fail for an address."""

    def __init__(self, *, marks_each):
        self.marks_each = marks_each
        self.batch_size = 1 if marks_each else 8
        self.sent = []
        self.failures = {}
        self.before_send = lambda message: None

    @contextmanager
    def open(self):
        try:
            yield self
        finally:
            # What a test does while a message goes out, it does in the line's own thread.
            if threading.current_thread() is not threading.main_thread():
                connections.close_all()

    def send(self, messages):
        for message in messages:
            if message.is_recalled:
                yield None
                continue
            try:
                yield self._send_one(message)
            except DeliveryFailure as failure:
                yield failure
                if isinstance(failure, SenderFault):
                    return

    def _send_one(self, message):
        self.before_send(message)
        if failure := self.failures.get(message.to):
            raise failure
        self.sent.append(message)
        return Accepted(f"id-{len(self.sent)}")


@pytest.fixture
def email(monkeypatch):
    channel = FakeChannel(marks_each=False)
    monkeypatch.setitem(registry._CHANNELS, "email", channel)
    return channel


@pytest.fixture
def sms(monkeypatch):
    channel = FakeChannel(marks_each=True)
    monkeypatch.setitem(registry._CHANNELS, "sms", channel)
    return channel
