from celery import shared_task
from django.utils import timezone

from incidents.services import (
    approvals,
    duty_replies,
    following,
    ladder,
    maintenance,
    owed,
    promises,
    release,
    reviews,
    series,
)


@shared_task
def tick() -> None:
    release.release_due(now=timezone.now())


@shared_task
def judge_promises() -> None:
    promises.judge(now=timezone.now())


@shared_task
def open_reviews() -> None:
    reviews.open_due(now=timezone.now())


@shared_task
def tidy_following() -> None:
    now = timezone.now()
    following.keep_up(now=now)
    following.end(now=now)


@shared_task
def run_maintenance() -> None:
    maintenance.start_due(now=timezone.now())


@shared_task
def draft_maintenance() -> None:
    series.draft_due(now=timezone.now())


@shared_task
def climb() -> None:
    ladder.climb(now=timezone.now(), about=owed.IN_MINUTES)


@shared_task
def climb_in_days() -> None:
    ladder.climb(now=timezone.now(), about=owed.IN_DAYS)


@shared_task
def read_replies() -> None:
    duty_replies.read(now=timezone.now())


@shared_task
def settle_approvals() -> None:
    approvals.settle(now=timezone.now())
