from celery import shared_task
from django.utils import timezone

from incidents.services import approvals, promises, release


@shared_task
def tick() -> None:
    release.release_due(now=timezone.now())


@shared_task
def judge_promises() -> None:
    promises.judge(now=timezone.now())


@shared_task
def settle_approvals() -> None:
    approvals.settle(now=timezone.now())
