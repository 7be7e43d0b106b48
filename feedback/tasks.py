from celery import shared_task
from django.utils import timezone

from feedback.services import anonymity


@shared_task
def forget() -> None:
    anonymity.forget(now=timezone.now())
