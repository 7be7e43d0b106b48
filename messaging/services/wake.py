"""Wake-ups through the broker. They may be lost or doubled: the rows are the queue (ADR 0001)."""

from collections.abc import Iterable

from django.conf import settings

from audiences.services.wake import publish as publish


def freezer(*, broadcast_id: int) -> None:
    publish("messaging.tasks.freeze", broadcast_id=broadcast_id)


def freezer_of_all() -> None:
    publish("messaging.tasks.freeze_waiting")


def senders(*, channels: Iterable[str]) -> None:
    for channel in channels:
        for _number in range(settings.SENDERS):
            if not publish("messaging.tasks.send", channel=channel):
                return


def answerer() -> None:
    publish("messaging.tasks.answer_sign_ups")


def sweeper() -> None:
    publish("messaging.tasks.sweep")
