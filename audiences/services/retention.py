"""What names people and is no longer needed goes, once a day, a few rows at a time."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from audiences.models import ConsentEvent, ContactImport, Suppression

logger = logging.getLogger(__name__)

# Rows per statement, so that no lock is held for long.
BATCH = 1_000
# What is left after so many rows is for the next day.
MOST = 200_000


def forget(*, now: datetime) -> dict[str, int]:
    """Give up what has been kept long enough; returns how many rows of each kind."""
    given_up = {
        name: _each(work, limit(now, days)) if days else 0
        for name, (work, days) in {
            "imports": (_imports, settings.KEEP_IMPORTS_DAYS),
            "network_addresses": (_network_addresses, settings.KEEP_NETWORK_ADDRESSES_DAYS),
            "lifted_suppressions": (_lifted, settings.KEEP_LIFTED_SUPPRESSIONS_DAYS),
        }.items()
    }
    logger.info("Given up: %s", given_up)
    return given_up


def limit(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _each(work: Callable[[datetime], int], before: datetime) -> int:
    done = 0
    while done < MOST:
        some = work(before)
        if not some:
            break
        done += some
    return done


def first(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])


def _imports(before: datetime) -> int:
    """That there was an import stays, and who made it; its lines go."""
    full = ~Q(preview={}) | ~Q(report={})
    old = ContactImport.objects.filter(full, state__in=ContactImport.OVER, created_at__lt=before)
    return ContactImport.objects.filter(pk__in=first(old)).update(preview={}, report={})


def _network_addresses(before: datetime) -> int:
    """That somebody agreed is proof enough without where from."""
    old = ConsentEvent.objects.filter(at__lt=before, network_address__isnull=False)
    return ConsentEvent.objects.filter(pk__in=first(old)).update(network_address=None)


def _lifted(before: datetime) -> int:
    old = Suppression.objects.filter(lifted_at__lt=before)
    return Suppression.objects.filter(pk__in=first(old)).delete()[0]
