"""The cells of one row become what a contact may hold, or the reason why not."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from audiences.fields import VALUE_LENGTH
from audiences.models import Account, Contact
from audiences.services import addresses
from audiences.services.addresses import Telephone
from audiences.services.intake import account_cells, countries, words
from audiences.services.intake.columns import Columns
from audiences.services.intake.defusing import undo
from audiences.services.intake.raw import RawRow
from audiences.services.telephones import Completed

_NAMED = re.compile(r"(?P<name>[^<>@]*)<(?P<address>[^<>\s]+@[^<>\s]+)>")
_NAMES = frozenset({"name", "first_name", "last_name"})
_NAME_LENGTH = Contact._meta.get_field("name").max_length
_ACCOUNT_LENGTH = Account._meta.get_field("name").max_length
_NO_PHONE = Telephone("", Completed.NOT)
_ID_LENGTH = Account._meta.get_field("external_id").max_length


class RefusedRow(ValueError):
    """Nobody can be told by this row; the message says why."""


@dataclass(frozen=True)
class ContactRow:
    """What one row says about a person; an empty field says nothing."""

    line: int
    email: str = ""
    phone: str = ""
    # What the digits of the phone may be besides: whoever is known by that one keeps it.
    phone_otherwise: str = ""
    name: str = ""
    language: str = ""
    time_zone: str = ""
    account: str = ""
    account_external_id: str = ""
    # By the fields of an account, see account_cells.py.
    account_details: dict[str, str] = field(default_factory=dict)
    # Cells as they stand there: only who knows the names can tell where one ends.
    account_components: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """The mailbox, or without one the number: numbers are shared, mailboxes are not."""
        return self.email or self.phone

    def amended_by(self, later: "ContactRow") -> "ContactRow":
        """The same person further down in the file: what the later row says wins."""
        before = self if self.may_share_account(later) else ContactRow(self.line)
        return replace(
            self,
            phone=later.phone or self.phone,
            phone_otherwise=later.phone_otherwise if later.phone else self.phone_otherwise,
            name=later.name or self.name,
            language=later.language or self.language,
            time_zone=later.time_zone or self.time_zone,
            account=later.account or before.account,
            account_external_id=later.account_external_id or before.account_external_id,
            account_details=before.account_details | later.account_details,
            account_components=_each(before.account_components + later.account_components),
            segments=_each(self.segments + later.segments),
            attributes=self.attributes | later.attributes,
        )

    def may_share_account(self, later: "ContactRow") -> bool:
        """What was said of an account says nothing of another; what is left out is no other one."""
        if self.account_external_id and later.account_external_id:
            return self.account_external_id == later.account_external_id
        names = {words.company(self.account), words.company(later.account)}
        return len(names) == 1 or "" in names


@dataclass
class Remarks:
    """What is to be said of one line, and of the file as a whole, there told once with a count."""

    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def parse(raw: RawRow, columns: Columns, region: str, remarks: Remarks) -> ContactRow:
    """Understand one row. A wrong phone beside a good e-mail costs the phone, not the person.

    :raises RefusedRow: no usable address.
    """
    if raw.problem:
        raise RefusedRow(raw.problem)
    warnings, notes = remarks.warnings, remarks.notes
    cells = {
        name: undo(_trimmed(name, raw.cells[position]))
        for name, position in columns.fields.items()
        if position < len(raw.cells)
    }
    warnings.extend(_shape_warnings(raw, columns))
    if raw.is_hidden:
        notes.append(_("Rows that are hidden in the workbook are read too."))
    email = _email(cells.get("email", ""))
    phone = _phone(cells, email, region, remarks)
    if not email and not phone.number:
        raise RefusedRow(_("There is neither an e-mail address nor a phone number."))
    return ContactRow(
        line=raw.line,
        email=email,
        phone=phone.number,
        phone_otherwise=phone.other,
        name=_cut(_name(cells), _NAME_LENGTH, warnings),
        language=_language(cells.get("language", ""), notes),
        time_zone=_time_zone(cells.get("time_zone", ""), notes),
        account=_cut(cells.get("account", ""), _ACCOUNT_LENGTH, warnings),
        account_external_id=_cut(cells.get("account_external_id", ""), _ID_LENGTH, warnings),
        account_details=_account_details(cells),
        account_components=_account_components(cells),
        segments=_listed(cells.get("segments", "")),
        attributes=_attributes(raw, columns, warnings),
    )


def _trimmed(field: str, cell: str) -> str:
    """A name stays as somebody wrote it; everything else is compared, and is stored bare."""
    return cell if field in _NAMES and cell.strip() else cell.strip()


def _shape_warnings(raw: RawRow, columns: Columns) -> Iterable[str]:
    if surplus := sum(bool(cell.strip()) for cell in raw.cells[columns.width :]):
        yield _("%(count)s cells beyond the last heading were left out.") % {"count": surplus}
    if raw.had_nul:
        yield _("NUL characters were removed.")


def _email(written: str) -> str:
    """:raises RefusedRow: it is none. By the phone alone, the same person would come twice."""
    # As mail programs copy it: "Ana Lee" <ana@example.com>.
    named = _NAMED.fullmatch(written)
    try:
        return addresses.normalise_email(named["address"] if named else written) if written else ""
    except addresses.InvalidAddress as error:
        raise RefusedRow(str(error)) from error


def _phone(cells: dict[str, str], email: str, region: str, remarks: Remarks) -> Telephone:
    value = cells.get("phone", "")
    if not value:
        return _NO_PHONE
    own = _own_region(cells, region, remarks.notes)
    here = own or region
    try:
        read = addresses.read_phone(value, here, is_its_own=bool(own))
    except addresses.InvalidAddress as error:
        if not email:
            raise RefusedRow(str(error)) from error
        remarks.warnings.append(_("%(problem)s The contact stays without it.") % {"problem": error})
        return _NO_PHONE
    if read.completed == Completed.ABROAD:
        said = _("“%(value)s” was read as %(number)s: with the code of another country.")
        remarks.warnings.append(said % {"value": value, "number": read.number})
    elif read.completed == Completed.SETTLED:
        said = _("“%(value)s” was read as %(number)s by the country of its row, not as %(other)s.")
        remarks.warnings.append(said % {"value": value, **read._asdict()})
    elif read.completed == Completed.HERE:
        said = _("A number without + or 0 in front was taken for one of %(region)s.")
        remarks.notes.append(said % {"region": here})
    return read


def _own_region(cells: dict[str, str], default: str, notes: list[str]) -> str:
    written = cells.get("region", "")
    region = countries.region(written)
    if written and not region:
        said = _(
            "Country “%(value)s” is unknown: a number without its country code is taken for one of"
            " %(region)s."
        )
        notes.append(said % {"value": written[:60], "region": default})
    return region


def _name(cells: dict[str, str]) -> str:
    full, first, last = (cells.get(part, "") for part in ("name", "first_name", "last_name"))
    if not (full or first or last) and (named := _NAMED.fullmatch(cells.get("email", ""))):
        return named["name"].strip().strip('"')
    # German exports call the surname “Name” where there is a “Vorname”.
    return " ".join(filter(None, (first, last or full))) if first else (full or last)


def _cut(value: str, length: int | None, warnings: list[str]) -> str:
    if length and len(value) > length:
        warnings.append(_("A text was cut to %(length)s characters.") % {"length": length})
        return value[:length]
    return value


def _language(value: str, notes: list[str]) -> str:
    code = words.language(value)
    if code or not value:
        return code
    notes.append(_("Language “%(value)s” is not offered and left out.") % {"value": value[:40]})
    return ""


def _time_zone(value: str, notes: list[str]) -> str:
    zone = words.time_zone(value)
    if zone or not value:
        return zone
    notes.append(_("Time zone “%(value)s” is unknown and left out.") % {"value": value[:60]})
    return ""


def _account_details(cells: dict[str, str]) -> dict[str, str]:
    """:raises RefusedRow: an account cannot have it. Left out, nobody would miss it."""
    if not (cells.get("account") or cells.get("account_external_id")):
        return {}
    try:
        return account_cells.read(cells)
    except account_cells.UnknownWord as error:
        raise RefusedRow(str(error)) from error


def _account_components(cells: dict[str, str]) -> tuple[str, ...]:
    is_of_one = cells.get("account") or cells.get("account_external_id")
    written = cells.get("account_components", "")
    return (written,) if is_of_one and written else ()


def _listed(value: str) -> tuple[str, ...]:
    parts = value.replace(";", ",").replace("|", ",").replace("\n", ",").split(",")
    return _each(part.strip().casefold() for part in parts if part.strip())


def _each(words: Iterable[str]) -> tuple[str, ...]:
    """In their order, once."""
    return tuple(dict.fromkeys(words))


def _attributes(raw: RawRow, columns: Columns, warnings: list[str]) -> dict[str, str]:
    return {
        name: _cut(undo(raw.cells[position]), VALUE_LENGTH, warnings)
        for name, position in columns.attributes.items()
        if position < len(raw.cells) and raw.cells[position].strip()
    }


def as_text(value: object) -> str:
    """A value of a profile as a file says it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
