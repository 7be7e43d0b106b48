"""One change to more rows than somebody waits for: kept in a row, and made by workers a batch at a
time. A worker that dies loses one, and the next does it again."""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.contrib.auth.models import User
from django.core.exceptions import ObjectDoesNotExist
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from audiences.models import BulkChange
from audiences.services import bulk, bulk_rights, import_leases, wake
from audiences.services.bulk import Details
from audiences.services.bulk_accounts import Gone

logger = logging.getLogger(__name__)


@transaction.atomic
def request(
    *,
    what: str,
    ids: Sequence[int],
    details: Details,
    said: tuple[str, str],
    by: User,
    now: datetime,
) -> BulkChange:
    """Let workers make one of bulk.CHANGES; `said` is what the page calls it, and what was chosen
    there."""
    one = BulkChange.objects.create(
        what=what,
        details=details,
        title=said[0],
        chosen=said[1],
        ids=list(ids),
        size=len(ids),
        language=translation.get_language(),
        requested_by=by,
        requested_at=now,
    )
    transaction.on_commit(partial(call, one.pk))
    return one


def carry_on(*, pk: int, now: datetime) -> None:
    """Change the next batch; what is left is for the next wake-up, and what fails is kept.

    A database that is away or busy stops nothing: a sweep finds everything as it was.

    :raises Exception: nobody foresaw it.
    """
    with translation.override(BulkChange.objects.values_list("language", flat=True).get(pk=pk)):
        try:
            is_more = _change(pk, now)
        except Gone as error:
            _stop(pk, str(error))
        except ObjectDoesNotExist:
            _stop(pk, _("What was chosen has been deleted meanwhile: choose anew, in the list."))
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            why = _("Nobody foresaw this (%(error)s); the workers’ log says more.")
            _stop(pk, why % {"error": type(error).__name__})
            raise
        else:
            if is_more:
                call(pk)


def go_on(*, change: BulkChange) -> None:
    """Try again with the batch at which it stopped; those before it are done."""
    stopped = BulkChange.objects.filter(pk=change.pk, finished_at=None).exclude(problem="")
    stopped.update(problem="", leased_until=None)
    call(change.pk)


def call(pk: int) -> None:
    """Wake a worker for the next batch of a change, unless one has been woken for it."""
    # A wake-up may wait until it expires, and its batch begins only then.
    lease = import_leases.ahead(besides=wake.EXPIRES_SECONDS)
    if not _free().filter(pk=pk).update(leased_until=lease):
        return
    if not wake.publish("audiences.tasks.carry_change_on", change_id=pk):
        BulkChange.objects.filter(pk=pk).update(leased_until=None)


def sweep() -> None:
    """Wake workers for what nobody works on, also what a dead one has left; harmless at any
    time."""
    for pk in _free().values_list("pk", flat=True):
        call(pk)


def _open() -> QuerySet[BulkChange]:
    """Neither over nor stopped."""
    return BulkChange.objects.filter(finished_at=None, problem="")


def _free() -> QuerySet[BulkChange]:
    return _open().filter(import_leases.FREE)


@transaction.atomic
def _change(pk: int, now: datetime) -> bool:
    """False when nothing is left to do, or somebody else is at it."""
    one = _open().select_for_update(skip_locked=True).filter(pk=pk).first()
    if one is None:
        return False
    if one.requested_by is None:
        raise Gone(_("Whoever asked for it has been deleted: choose anew, in the list."))
    if not bulk_rights.may(what=one.what, by=one.requested_by):
        raise Gone(
            _("Whoever asked for it may not change these any more: choose anew, in the list.")
        )
    some = one.ids[one.done : one.done + bulk.BATCH]
    one.changed += bulk.carry_out(
        what=one.what, ids=some, details=one.details, by=one.requested_by, now=now
    )
    one.done += len(some)
    one.leased_until = None
    fields = ["done", "changed", "leased_until"]
    if one.done == one.size:
        one.ids, one.finished_at = [], now
        fields += ["ids", "finished_at"]
    one.save(update_fields=fields)
    return one.finished_at is None


def _stop(pk: int, problem: str) -> None:
    logger.error("Bulk change %s has stopped", pk)
    BulkChange.objects.filter(pk=pk, finished_at=None).update(problem=problem[:300])
