from celery import shared_task
from django.utils import timezone

from incidents.services import release


@shared_task
def tick() -> None:
    release.release_due(now=timezone.now())
