from celery import shared_task
from django.utils import timezone

from incidents.services import duty_replies, ladder, promises, release


@shared_task
def tick() -> None:
    release.release_due(now=timezone.now())


@shared_task
def judge_promises() -> None:
    promises.judge(now=timezone.now())


@shared_task
def climb() -> None:
    ladder.climb(now=timezone.now())


@shared_task
def read_replies() -> None:
    duty_replies.read(now=timezone.now())
