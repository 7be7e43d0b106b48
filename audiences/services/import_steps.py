"""One step of an import: the next rows looked at, or imported, and how far that is, together."""

import logging
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import DataError, IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from audiences.models import Channel, ContactImport
from audiences.services import (
    account_details,
    contacts,
    import_files,
    import_leases,
    import_pairs,
    import_preview,
    readdressing,
)
from audiences.services.import_files import LostFile
from audiences.services.intake import batches, columns
from audiences.services.intake.columns import InvalidMapping
from audiences.services.intake.report import NOTE, REFUSED, WARNING, Counts, Finding, Report
from audiences.services.intake.spool import Spool
from audiences.services.lists import Lists

logger = logging.getLogger(__name__)
State = ContactImport.State
# Committed together: about a quarter of a second, in which SQLite lets nobody else write.
BATCH = 2_000
# Findings of each kind that are kept when the file is gone; counts are always of all.
KEPT = 10_000
# The last account that is what the rows say of it.
_ACCOUNTS_DONE = "accounts_done"
# Shown on the page before anybody has agreed.
SHOWN = 50
# Somebody else creates the same person, or account, at the same moment.
TRIES = 3


def take(*, pk: int, now: datetime) -> bool:
    """Look at or import the next rows; True while there is more of it to do.

    Only who holds the lease calls it. Killed at any point, the next one does the same again.
    """
    one = ContactImport.objects.select_related("segment", "created_by").get(pk=pk)
    if one.state not in import_leases.IN_WORK:
        return False
    with translation.override(one.preview.get("language") or settings.LANGUAGE_CODE):
        try:
            with import_files.spool(one.file) as spool:
                return _look(one, spool) if one.state == State.UPLOADED else _try(one, spool, now)
        except (LostFile, sqlite3.DatabaseError):
            _fail(one, _("The rows of the file are gone. Upload it again."), now)
        except (IntegrityError, DataError) as error:
            # What the database says may quote an address: that is for the report alone.
            logger.error("Import %s failed: %s", pk, type(error).__name__)
            _fail(one, _("The database refused a row: %(why)s") % {"why": str(error)[:300]}, now)
    return False


def conclude(one: ContactImport, state: str, *, now: datetime, problem: str = "") -> None:
    """End an import, keep what was found, and forget the file; inside the caller's transaction."""
    one.state, one.finished_at, one.leased_until = state, now, None
    one.report = _kept(one) | {"problem": problem, "headings": one.preview.get("headings", [])}
    one.preview = {}
    one.save(update_fields=["state", "finished_at", "leased_until", "report", "preview"])
    transaction.on_commit(partial(import_files.remove, one.file))


def report(one: ContactImport, spool: Spool, *, limit: int, dry_run: bool = False) -> Report:
    """What was found in the rows so far."""
    counts = one.preview.get("counts", {}) if dry_run else one.report.get("counts", {})
    said = (*one.preview.get("left_out", ()), *one.preview.get("notes", ()))
    about_file = dict.fromkeys(said, 0)
    return Report(
        file=one.name,
        dry_run=dry_run,
        counts=Counts(**counts),
        refused=spool.findings(REFUSED, limit),
        warnings=spool.findings(WARNING, limit),
        notes=about_file | spool.tally(NOTE) | one.preview.get("remarks", {}),
    )


def foreseen(one: ContactImport) -> Report:
    """All that an import, looked at to its end, would do, and not only what a page shows of it."""
    with import_files.spool(one.file) as spool:
        found = report(one, spool, limit=KEPT, dry_run=True)
    profile = columns.of_profile(one.mapping, one.preview.get("headings", []))
    said = _("These columns go into the profile: %(headings)s.") % {"headings": ", ".join(profile)}
    return replace(found, notes=({said: 0} if profile else {}) | found.notes)


def refused(one: ContactImport) -> Iterable[Finding]:
    """All rows that are refused, whole; of an import that is over, those that were kept.

    :raises LostFile: it is not over, and its rows are gone.
    """
    if one.finished_at:
        return Report.of_json(one.report).refused
    import_files.spool(one.file).close()
    return _refused(one.file)


def _refused(file: str) -> Iterator[Finding]:
    """Page by page: whoever reads on for long would keep the import from writing."""
    after: int | None = 0
    while after is not None:
        with import_files.spool(file) as spool:
            found = spool.refused(after=after, limit=BATCH)
        yield from (finding for _position, finding in found)
        after = found[-1][0] if found else None


def _look(one: ContactImport, spool: Spool) -> bool:
    """Understand all rows first: what one says of somebody is judged with all others about them."""
    limit = min(BATCH, (one.rows or 0) - one.rows_done)
    done, preview = one.rows_done + limit, one.preview
    is_read = preview.get("is_read")
    # Rows are settled in a step of their own: read again after that, they would be other ones.
    is_end = done == one.rows and bool(is_read or not limit)
    is_last = is_end and (is_read or not preview.get("is_compared", True))
    try:
        if is_read:
            preview = import_preview.compare_further(one, spool, limit=limit)
        elif is_end:
            import_pairs.settle(spool)
        else:
            import_preview.understand_further(one, spool, limit=limit)
    except InvalidMapping as wrong:
        preview, is_last = {**preview, "problem": str(wrong)}, True
    if is_last:
        one.preview = preview
        found = report(one, spool, limit=SHOWN, dry_run=True)
        preview = {**preview, "report": found.as_json()}
    elif is_end:
        preview = {**preview, "is_read": True}
    moved = _unmoved(one).update(
        preview=preview,
        state=State.PREVIEWED if is_last else State.UPLOADED,
        # Counted while it is read, and each from nothing while compared and imported.
        rows_done=0 if is_end or is_last else done,
        leased_until=None if is_last else import_leases.ahead(),
    )
    return bool(moved) and not is_last


def _try(one: ContactImport, spool: Spool, now: datetime) -> bool:
    for attempt in range(TRIES):
        try:
            return _import(one, spool, now)
        except IntegrityError:
            if attempt == TRIES - 1:
                raise
    return True


def _import(one: ContactImport, spool: Spool, now: datetime) -> bool:
    limit = min(BATCH, (one.rows or 0) - one.rows_done)
    if not limit:
        return _import_accounts(one, spool, now)
    batch = batches.read(spool, after=one.rows_done, limit=limit)
    lists = Lists.of(one)
    with transaction.atomic():
        if not _unmoved(one).select_for_update().exists():
            return False
        stored = contacts.store(rows=batch.people, now=now)
        readdressing.take_back(
            channel=Channel.SMS, left=stored.left, proof=lists.new_address(), now=now
        )
        heard = account_details.hear(spool=spool, batch=batch, planned=stored)
        enrolled = lists.enrol(batch, stored, now)
        counts = Counts(
            accounts_created=stored.accounts_created,
            subscribed=enrolled.confirmed,
            stay_unsubscribed=enrolled.stay_away,
        )
        counts += import_preview.counted(spool, batch, stored, heard)
        counts += batch.outcome(stored.created, stored.changed)
        if not one.preview.get("is_compared", True):
            remarks = import_preview.remarks(lists, batch, stored, enrolled) | heard.notes
            one.preview["remarks"] = import_preview.tally(one.preview, remarks)
        _remember(one, counts, limit)
    return True


def _import_accounts(one: ContactImport, spool: Spool, now: datetime) -> bool:
    """Once all rows are in: what the last of them says of an account counts."""
    after = one.preview.get(_ACCOUNTS_DONE, "")
    with transaction.atomic():
        locked = _unmoved(one).select_for_update().first()
        if locked is None or locked.preview.get(_ACCOUNTS_DONE, "") != after:
            return False
        found = account_details.carry_out(spool=spool, after=after)
        one.preview[_ACCOUNTS_DONE] = found.until
        if not one.preview.get("is_compared", True):
            one.preview["remarks"] = import_preview.tally(one.preview, found.notes)
        _remember(one, Counts(accounts_updated=found.changed), 0)
        if not found.until:
            conclude(one, State.DONE, now=now)
    return one.state == State.RUNNING


def _remember(one: ContactImport, counts: Counts, limit: int) -> None:
    so_far = Counts(**one.report.get("counts", {}))
    one.report = {"counts": (so_far + counts).as_json()}
    one.rows_done += limit
    one.save(update_fields=["report", "preview", "rows_done"])
    ContactImport.objects.filter(pk=one.pk).update(leased_until=import_leases.ahead())


def _unmoved(one: ContactImport) -> Any:
    """The same import, unless somebody has cancelled it or done the same rows meanwhile."""
    return ContactImport.objects.filter(pk=one.pk, state=one.state, rows_done=one.rows_done)


def _kept(one: ContactImport) -> dict[str, Any]:
    try:
        with import_files.spool(one.file) as spool:
            return report(one, spool, limit=KEPT).as_json()
    except (LostFile, sqlite3.DatabaseError):
        counts = Counts(**one.report.get("counts", {}))
        return Report(file=one.name, dry_run=False, counts=counts).as_json()


@transaction.atomic
def _fail(one: ContactImport, problem: str, now: datetime) -> None:
    locked = ContactImport.objects.select_for_update().get(pk=one.pk)
    if locked.state in import_leases.IN_WORK:
        conclude(locked, State.FAILED, now=now, problem=problem)
