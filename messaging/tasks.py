from celery import shared_task
from django.utils import timezone

from messaging.services import deliveries, evidence, opt_ins, recipients, recovery, retention


@shared_task
def freeze(*, broadcast_id: int) -> None:
    recipients.freeze_for_a_turn(broadcast_id=broadcast_id, now=timezone.now())


@shared_task
def freeze_waiting() -> None:
    recipients.freeze_waiting(now=timezone.now())


@shared_task
def send(*, channel: str) -> None:
    deliveries.send_pending(channel=channel)


@shared_task
def sweep() -> None:
    recovery.sweep(now=timezone.now())


@shared_task
def look_for_evidence() -> None:
    evidence.look_up(now=timezone.now())


@shared_task
def answer_sign_ups() -> None:
    opt_ins.answer_waiting(now=timezone.now())


@shared_task
def forget_unconfirmed() -> None:
    opt_ins.forget_unconfirmed(now=timezone.now())


@shared_task
def forget() -> None:
    retention.forget(now=timezone.now())
