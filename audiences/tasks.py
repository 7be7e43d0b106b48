from celery import shared_task
from django.utils import timezone

from audiences.services import import_turns


@shared_task
def carry_import_on(*, import_id: int) -> None:
    import_turns.carry_on(pk=import_id, now=timezone.now())


@shared_task
def sweep_imports() -> None:
    import_turns.sweep(now=timezone.now())
