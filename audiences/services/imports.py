"""Contacts from a file: uploaded, looked at, agreed to, and imported batch by batch.

The work itself is in import_steps; a worker and the command line take the same steps.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from audiences.models import Channel, ContactImport, Segment
from audiences.services import (
    addresses,
    import_files,
    import_leases,
    import_rights,
    import_steps,
    import_turns,
    uploads,
)
from audiences.services.intake import columns
from audiences.services.intake.opening import AS_FOUND, Reading
from audiences.services.intake.raw import UnreadableFile
from audiences.services.intake.report import Counts, Report

State = ContactImport.State
# Looked at while the person waits for the page; larger ones by a worker.
SMALL = 2_000
_WAIT_SECONDS = 0.1
# Told how many rows are done, after every step.
Progress = Callable[[int], None]


def _in_silence(rows_done: int) -> None:
    """Nobody watches."""


class UnknownSegment(ValueError):
    """There is no such segment; the message lists those that exist."""


class NotPossible(ValueError):
    """The import is not, or no longer, in a state for this; the message says so."""


@dataclass(frozen=True)
class Job:
    """A whole import in one go, as the command line asks for it."""

    file: Path
    segment: str = ""
    channels: tuple[str, ...] = (Channel.EMAIL.value,)
    region: str = addresses.DEFAULT_REGION
    consent_text: str = ""
    text_version: str = ""
    dry_run: bool = False
    reading: Reading = AS_FOUND


def look(*, contact_import: ContactImport, now: datetime) -> None:
    """Preview a small file at once; a larger one is left to a worker."""
    if (contact_import.rows or 0) <= SMALL:
        _go_through(contact_import, now)
    else:
        import_turns.call(contact_import.pk)


@transaction.atomic
def remap(*, contact_import: ContactImport, mapping: Mapping[str, str]) -> None:
    """Read the columns otherwise; the preview is made anew by look().

    :raises columns.InvalidMapping: nobody could be told by these columns; nothing is changed.
    :raises NotPossible: it is being looked at or imported, or over.
    """
    columns.read(mapping, contact_import.preview["headings"])
    kept = {
        name: contact_import.preview[name] for name in ("headings", "examples", "notes", "language")
    }
    # Not while a worker looks at it by the old columns.
    waiting = ContactImport.objects.filter(pk=contact_import.pk, state=State.PREVIEWED)
    if not waiting.update(state=State.UPLOADED, mapping=mapping, rows_done=0, preview=kept):
        raise NotPossible(_("The columns can be changed only between the preview and the import."))
    contact_import.refresh_from_db()


def obstacle(contact_import: ContactImport) -> str:
    """Why what was looked at cannot be imported; "" where nothing is in the way."""
    preview = contact_import.preview
    if contact_import.state != State.PREVIEWED:
        return ""
    if contact_import.segment and contact_import.segment.is_archived:
        archived = _("“%(name)s” is archived: nobody joins it any more. Upload the file again.")
        return archived % {"name": contact_import.segment.name}
    counts = Counts(**preview.get("counts", {}))
    if counts.created or counts.updated or counts.unchanged:
        return ""
    nobody = _("There is nobody in this file who could be imported.")
    return str(preview.get("problem") or nobody)


@transaction.atomic
def start(*, contact_import: ContactImport, by: User | None) -> None:
    """Have a worker import what was looked at.

    :raises NotPossible: it was not looked at yet, there is an obstacle(), it is over, or somebody
        else has brought columns that `by` may not have taken over.
    """
    if problem := obstacle(contact_import) or _beyond(contact_import, by):
        raise NotPossible(problem)
    _begin(contact_import)
    contact_import.refresh_from_db()
    transaction.on_commit(partial(import_turns.call, contact_import.pk))


@transaction.atomic
def cancel(*, contact_import: ContactImport, now: datetime) -> None:
    """Stop here; what was imported stays, and the rows of the file are removed.

    :raises NotPossible: it is over.
    """
    one = ContactImport.objects.select_for_update().get(pk=contact_import.pk)
    if one.state in ContactImport.OVER:
        raise NotPossible(_("This import is over; there is nothing left to cancel."))
    import_steps.conclude(one, State.CANCELLED, now=now)
    contact_import.refresh_from_db()


def run(*, job: Job, now: datetime, progress: Progress = _in_silence) -> Report:
    """Import a file here and now, without a person who looks at it first.

    A person who stands in the file twice is merged: what the later row says wins. Somebody known
    already is amended by what the file gives; an empty cell never erases. Killed on the way, the
    import is finished by the sweep; run again, it gives the same.

    :raises UnreadableFile: the file cannot be read to its end; nothing was imported.
    :raises UnknownSegment: the segment to subscribe to does not exist; nothing was imported.
    :raises NoConsent: see uploads.take().
    """
    terms = uploads.Terms(
        segment=_segment(job.segment),
        channels=job.channels,
        region=job.region,
        consent_text=job.consent_text,
        text_version=job.text_version,
    )
    one = uploads.take(
        source=job.file,
        name=job.file.name,
        terms=terms,
        by=None,
        now=now,
        reading=job.reading,
    )
    if not job.dry_run:
        # Nobody looks at the comparison: the import makes its own.
        one.preview["is_compared"] = False
        one.save(update_fields=["preview"])
    _go_through(one, now)
    problem = one.preview.get("problem")
    if problem:
        remove(contact_import=one)
        raise UnreadableFile(problem)
    if job.dry_run:
        foreseen = import_steps.foreseen(one)
        remove(contact_import=one)
        return foreseen
    _begin(one)
    _go_through(one, now, progress)
    return Report.of_json(one.report)


def remove(*, contact_import: ContactImport) -> None:
    """Delete an import with its file; what it brought in stays."""
    contact_import.delete()
    import_files.remove(contact_import.file)


def _beyond(one: ContactImport, by: User | None) -> str:
    headings = one.preview.get("headings", [])
    found = import_rights.forbidden(mapping=one.mapping, headings=headings, by=by)
    said = _(
        "You may not change this of accounts: %(headings)s. Leave the columns out, or have somebody"
        " import it who may."
    )
    return said % {"headings": ", ".join(found)[:500]} if found else ""


def _begin(one: ContactImport) -> None:
    """:raises NotPossible: see start()."""
    if problem := one.preview.get("problem"):
        raise NotPossible(problem)
    ready = ContactImport.objects.filter(pk=one.pk, state=State.PREVIEWED)
    if not ready.update(state=State.RUNNING, rows_done=0, leased_until=None):
        raise NotPossible(_("This import cannot be started: it is not ready, or already begun."))


def _go_through(one: ContactImport, now: datetime, progress: Progress = _in_silence) -> None:
    """Take every step of the state it is in, or wait for the worker who does."""
    state = one.state = ContactImport.objects.values_list("state", flat=True).get(pk=one.pk)
    while one.state == state:
        if import_leases.take(pk=one.pk):
            while import_steps.take(pk=one.pk, now=now):
                one.refresh_from_db(fields=["rows_done"])
                progress(one.rows_done)
        else:
            time.sleep(_WAIT_SECONDS)
        one.refresh_from_db()


def _segment(slug: str) -> Segment | None:
    if not slug:
        return None
    in_use = Segment.objects.in_use()
    if segment := in_use.filter(slug=slug).first():
        return segment
    known = in_use.filter(topic="").order_by("slug").values_list("slug", flat=True)
    raise UnknownSegment(
        _("There is no segment “%(slug)s”. Known are: %(known)s.")
        % {"slug": slug, "known": ", ".join(known) or "–"}
    )
