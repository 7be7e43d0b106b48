from typing import Any

from celery import shared_task
from django.contrib.auth.models import User
from django.utils import timezone

from audiences.services import bulk, erasure_turns, import_turns, retention


@shared_task
def forget() -> None:
    retention.forget(now=timezone.now())


@shared_task
def change_many(*, what: str, ids: list[int], details: dict[str, Any], by_id: int) -> None:
    by = User.objects.get(pk=by_id)
    bulk.carry_out(what=what, ids=ids, details=details, by=by, now=timezone.now())


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
