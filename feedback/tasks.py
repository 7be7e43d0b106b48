from celery import shared_task
from django.utils import timezone

from feedback.services import anonymity, rounds


@shared_task
def run_rounds() -> None:
    rounds.carry_out_due(now=timezone.now())


@shared_task
def forget() -> None:
    anonymity.forget(now=timezone.now())
