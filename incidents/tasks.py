from celery import shared_task
from django.utils import timezone

from incidents.services import maintenance, promises, release, series


@shared_task
def tick() -> None:
    release.release_due(now=timezone.now())


@shared_task
def judge_promises() -> None:
    promises.judge(now=timezone.now())


@shared_task
def run_maintenance() -> None:
    maintenance.start_due(now=timezone.now())


@shared_task
def draft_maintenance() -> None:
    series.draft_due(now=timezone.now())
