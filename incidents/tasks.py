from celery import shared_task
from django.utils import timezone

from incidents.services import following, release


@shared_task
def tick() -> None:
    release.release_due(now=timezone.now())


@shared_task
def end_following() -> None:
    following.end(now=timezone.now())
