from celery import shared_task
from celery.signals import worker_shutting_down
from django.utils import timezone

from messaging.services import deliveries, recipients, recovery


@worker_shutting_down.connect
def finish_what_is_handed_over(**kwargs: object) -> None:
    deliveries.stop()


@shared_task
def freeze(*, broadcast_id: int) -> None:
    recipients.freeze_for_a_turn(broadcast_id=broadcast_id, now=timezone.now())


@shared_task
def send(*, channel: str) -> None:
    deliveries.send_pending(channel=channel)


@shared_task
def sweep() -> None:
    recovery.sweep(now=timezone.now())
