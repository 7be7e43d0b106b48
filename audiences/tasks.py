from celery import shared_task
from django.utils import timezone

from audiences.services import retention


@shared_task
def forget() -> None:
    retention.forget(now=timezone.now())
