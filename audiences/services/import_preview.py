"""What an import would do: read by its columns and compared with who is known."""

from collections import Counter
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from audiences.models import Contact, ContactImport
from audiences.services import account_details, accounts, contacts
from audiences.services.account_details import Heard
from audiences.services.contacts import Plan
from audiences.services.enrolment import Enrolled
from audiences.services.intake import batches, columns, lone_numbers
from audiences.services.intake.batches import Batch
from audiences.services.intake.report import Counts
from audiences.services.intake.rows import ContactRow
from audiences.services.intake.sifting import Sieve
from audiences.services.intake.spool import Spool
from audiences.services.lists import Lists

SAMPLE = 10
# What a page about a file shows of a cell, and so many of its columns, and of names it may be full
# of.
_SHOWN, _ATTRIBUTES, _NAMES = 200, 30, 200


def understand_further(one: ContactImport, spool: Spool, *, limit: int) -> None:
    """Read the next so many rows by the columns; nothing but the spool is written.

    :raises columns.InvalidMapping: nobody can be told by these columns.
    """
    meaning = columns.read(one.mapping, one.preview["headings"])
    Sieve(spool, meaning, one.region).understand(after=one.rows_done, limit=limit)


def compare_further(one: ContactImport, spool: Spool, *, limit: int) -> dict[str, Any]:
    """The preview with the next so many rows in it, once all of them are understood."""
    after = one.rows_done
    if not after:
        spool.forget_accounts()
    batch = batches.read(spool, after=after, limit=limit)
    planned = contacts.plan(rows=batch.people)
    lists = Lists.of(one)
    enrolled = lists.forecast(batch, planned)
    heard = account_details.hear(spool=spool, batch=batch, planned=planned)
    new = accounts.missing(rows=planned.touched(), found=planned.found)
    counts = (
        Counts(**one.preview.get("counts", {}))
        + counted(spool, batch, planned, heard)
        + batch.outcome(planned.created, planned.changed)
    )
    total = {
        "subscribed": counts.subscribed + enrolled.confirmed,
        "stay_unsubscribed": counts.stay_unsubscribed + enrolled.stay_away,
        "accounts_created": spool.name_accounts((name.external_id, name.name) for name in new),
    }
    notes = remarks(lists, batch, planned, enrolled) | heard.notes
    if after + limit == one.rows:
        total["accounts_updated"], more = account_details.foreseen(spool=spool)
        notes |= more
    return {
        **one.preview,
        "counts": counts.as_json() | total,
        "remarks": tally(one.preview, notes),
        "sample": one.preview.get("sample") or _sample(batch, planned),
    }


def counted(spool: Spool, batch: Batch, planned: Plan, heard: Heard) -> Counts:
    """The counts of a batch, when it is said of whom not everything was taken over."""
    nobody = _("Nobody of the team has this name or address: the account’s manager stays.")
    batches.warn(spool, batch, dict.fromkeys(heard.unknown_managers, nobody))
    twin = _("Somebody else is known by this number alone: if they are the same, merge the two.")
    batches.warn(spool, batch, dict.fromkeys(_twins(spool, batch, planned), twin))
    said = _(
        "An address from before somebody moved or was merged: the person is known, and stays as"
        " they are."
    )
    return batches.warn(spool, batch, dict.fromkeys(planned.recognised, said) | planned.told)


def remarks(lists: Lists, batch: Batch, planned: Plan, enrolled: Enrolled) -> dict[str, int]:
    """What is to be said of the file in these rows, and how often."""
    of_accounts = accounts.remarks(rows=batch.people.values(), found=planned.found)
    return lists.remarks(batch, enrolled) | of_accounts


def _twins(spool: Spool, batch: Batch, planned: Plan) -> set[str]:
    """Those who are new by their mailbox, and have the number of somebody without one, whom the
    file does not have, too: of those it is said at their own row."""
    numbers = {
        identity: row.phone
        for identity, row in batch.people.items()
        if identity in planned.created and row.email and row.phone
    }
    without = Contact.objects.filter(email="", phone__in=set(numbers.values()))
    if known := set(without.values_list("phone", flat=True)):
        known -= lone_numbers.among(spool, known)
    return {identity for identity, number in numbers.items() if number in known}


def tally(preview: dict[str, Any], more: dict[str, int]) -> dict[str, int]:
    """What was said of the rows so far, and how often, with these."""
    counts = Counter(preview.get("remarks", {})) + Counter(more)
    return dict(list(counts.items())[:_NAMES])


def _sample(batch: Batch, planned: Plan) -> list[dict[str, Any]]:
    people = list(batch.people.items())[:SAMPLE]
    return [_shown(row, _fate(identity, planned)) for identity, row in people]


def _fate(identity: str, planned: Plan) -> str:
    if identity in planned.created:
        return "created"
    return "updated" if identity in planned.changed else "unchanged"


def _shown(row: ContactRow, fate: str) -> dict[str, Any]:
    return {
        "line": row.line,
        "fate": fate,
        "name": row.name,
        "email": row.email,
        "phone": row.phone,
        "language": row.language,
        "time_zone": row.time_zone,
        "account": row.account or row.account_external_id,
        "segments": [name[:_SHOWN] for name in row.segments[:_ATTRIBUTES]],
        "attributes": {
            name: value[:_SHOWN] for name, value in islice(row.attributes.items(), _ATTRIBUTES)
        },
    }
