"""Imports at work beside other work: short turns, and a sweep that finds what was left."""

import time
from datetime import datetime, timedelta

from django.db import transaction

from audiences.models import ContactImport
from audiences.services import import_files, import_leases, import_steps, wake

State = ContactImport.State
# How long one task works before it lets others have its place.
TURN_SECONDS = 1.0
# An upload that nobody agreed to is somebody's personal data lying about.
FORGOTTEN_AFTER = timedelta(days=7)


def carry_on(*, pk: int, now: datetime) -> None:
    """Look at or import rows for about a second; what is left is for the next wake-up."""
    if not import_leases.take(pk=pk):
        return
    until = time.monotonic() + TURN_SECONDS
    while import_steps.take(pk=pk, now=now):
        if time.monotonic() >= until:
            import_leases.give_up(pk=pk)
            call(pk)
            return


def call(pk: int) -> None:
    """Wake a worker for an import."""
    wake.publish("audiences.tasks.carry_import_on", import_id=pk)


def sweep(*, now: datetime) -> None:
    """Wake workers for what waits, and remove files that nobody needs; harmless at any time."""
    for pk in import_leases.waiting():
        call(pk)
    cancel_forgotten(now=now)
    remove_leftovers(now=now)


@transaction.atomic
def cancel_forgotten(*, now: datetime) -> None:
    old = ContactImport.objects.filter(
        state__in=(State.UPLOADED, State.PREVIEWED), created_at__lt=now - FORGOTTEN_AFTER
    )
    for one in old.select_for_update():
        import_steps.conclude(one, State.CANCELLED, now=now)


def remove_leftovers(*, now: datetime) -> None:
    """Files without an open import; new ones may still be on their way to a row of their own."""
    names = import_files.older_than(now - timedelta(days=1))
    if names:
        needed = ContactImport.objects.filter(file__in=names).exclude(state__in=ContactImport.OVER)
        for name in names - set(needed.values_list("file", flat=True)):
            import_files.remove(name)
