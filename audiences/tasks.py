from celery import shared_task
from django.utils import timezone

from audiences.services import bulk_work, erasure_turns, import_turns, retention


@shared_task
def forget() -> None:
    retention.forget(now=timezone.now())


@shared_task
def carry_change_on(*, change_id: int) -> None:
    bulk_work.carry_on(pk=change_id, now=timezone.now())


@shared_task
def sweep_changes() -> None:
    bulk_work.sweep()


@shared_task
def carry_import_on(*, import_id: int) -> None:
    import_turns.carry_on(pk=import_id, now=timezone.now())


@shared_task
def sweep_imports() -> None:
    import_turns.sweep(now=timezone.now())


@shared_task
def carry_erasure_on(*, erasure_id: int) -> None:
    erasure_turns.carry_on(pk=erasure_id, now=timezone.now())


@shared_task
def sweep_erasures() -> None:
    erasure_turns.sweep()
