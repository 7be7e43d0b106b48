"""Contacts as a spreadsheet: what goes out comes back in by an import and changes nothing."""

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path

from django.db.models import QuerySet
from openpyxl import Workbook

from audiences.models import Account, AudienceKind, Contact
from audiences.services.intake.defusing import defuse
from audiences.services.intake.headings import ATTRIBUTE
from audiences.services.intake.rows import as_text

_CHUNK = 2_000
_FIELDS = ("name", "email", "phone", "language", "time_zone")
_OF_ACCOUNTS = (
    *("account", "account_external_id", "account_tier", "account_kind", "account_language"),
    *("account_time_zone", "account_manager", "account_components"),
)
_HEADINGS = (*_FIELDS, *_OF_ACCOUNTS, "subscriptions")
# What XML cannot hold, and what looks as if it were written for that (ISO/IEC 29500, ST_Xstring).
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def rows(contacts: QuerySet[Contact]) -> Iterator[list[str]]:
    """Headings, then a row per contact; a chunk of them is in memory at a time."""
    names = _attribute_names(contacts)
    yield [*_HEADINGS, *(ATTRIBUTE + name for name in names)]
    full = contacts.select_related("account__account_manager").prefetch_related(
        "subscriptions__segment", "account__uses"
    )
    for contact in full.order_by("pk").iterator(chunk_size=_CHUNK):
        yield [
            *(str(getattr(contact, name)) for name in _FIELDS),
            *(_of_account(contact.account) if contact.account else [""] * len(_OF_ACCOUNTS)),
            _subscriptions(contact),
            *(
                as_text(contact.attributes[name]) if name in contact.attributes else ""
                for name in names
            ),
        ]


def as_csv(contacts: QuerySet[Contact]) -> Iterator[bytes]:
    return delimited(rows(contacts))


def delimited(lines: Iterable[list[str]]) -> Iterator[bytes]:
    """A spreadsheet's file piece by piece: UTF-8 with the mark by which Excel knows it, and no cell
    that it would compute."""
    yield b"\xef\xbb\xbf"
    for some in _in_chunks(lines):
        text = StringIO()
        csv.writer(text).writerows([defuse(cell) for cell in row] for row in some)
        # No row costs the others their place: what is no character becomes a question mark.
        yield text.getvalue().encode(errors="replace")


def write_xlsx(contacts: QuerySet[Contact], target: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Contacts")
    for row in rows(contacts):
        sheet.append([_UNWRITABLE.sub(_escaped, defuse(cell)) for cell in row])
    book.save(target)


def write_csv(contacts: QuerySet[Contact], target: Path) -> None:
    with target.open("wb") as file:
        file.writelines(as_csv(contacts))


def _attribute_names(contacts: QuerySet[Contact]) -> list[str]:
    names: set[str] = set()
    only = contacts.order_by().exclude(attributes={}).values_list("attributes", flat=True)
    for attributes in only.iterator(chunk_size=_CHUNK):
        names.update(attributes)
    return sorted(names - {""})


def _of_account(account: Account) -> list[str]:
    manager = account.account_manager
    return [
        account.name,
        account.external_id or "",
        account.tier,
        # To be one of the team is nothing that a file says.
        "" if account.kind == AudienceKind.INTERNAL else account.kind,
        account.language,
        account.time_zone,
        manager.get_username() if manager else "",
        ", ".join(sorted(one.component for one in account.uses.all())),
    ]


def _subscriptions(contact: Contact) -> str:
    """For readers: an import leaves this column out, so that nobody is subscribed by it."""
    heard = sorted(
        (one.segment.slug, one.channel, one.state) for one in contact.subscriptions.all()
    )
    return "; ".join(f"{slug} ({channel}: {state})" for slug, channel, state in heard)


def _escaped(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


def _in_chunks(lines: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    chunk: list[list[str]] = []
    for line in lines:
        chunk.append(line)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
