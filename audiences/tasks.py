from typing import Any

from celery import shared_task
from django.contrib.auth.models import User
from django.utils import timezone

from audiences.services import bulk, retention


@shared_task
def forget() -> None:
    retention.forget(now=timezone.now())


@shared_task
def change_many(*, what: str, ids: list[int], details: dict[str, Any], by_id: int) -> None:
    by = User.objects.get(pk=by_id)
    bulk.carry_out(what=what, ids=ids, details=details, by=by, now=timezone.now())
