"""The cells of one row become what a contact may hold, or the reason why not."""

import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from audiences import languages
from audiences.models import Account, Contact
from audiences.services import addresses
from audiences.services.intake.files import RawRow
from audiences.services.intake.headings import Columns

_LANGUAGE_WORDS = {"deutsch": "de", "german": "de", "englisch": "en", "english": "en"}
_TIME_ZONES = zoneinfo.available_timezones()
_NAME_LENGTH = Contact._meta.get_field("name").max_length
_ACCOUNT_LENGTH = Account._meta.get_field("name").max_length


class RefusedRow(ValueError):
    """Nobody can be told by this row; the message says why."""


@dataclass(frozen=True)
class ContactRow:
    """What one row says about a person; an empty field says nothing."""

    line: int
    email: str = ""
    phone: str = ""
    name: str = ""
    language: str = ""
    time_zone: str = ""
    account: str = ""
    segments: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    # For this line, and for the file as a whole (“language sv”), told once with a count.
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """The mailbox, or without one the number: numbers are shared, mailboxes are not."""
        return self.email or self.phone

    def amended_by(self, later: "ContactRow") -> "ContactRow":
        """The same person further down in the file: what the later row says wins."""
        return replace(
            self,
            phone=later.phone or self.phone,
            name=later.name or self.name,
            language=later.language or self.language,
            time_zone=later.time_zone or self.time_zone,
            account=later.account or self.account,
            segments=tuple(dict.fromkeys(self.segments + later.segments)),
            attributes=self.attributes | later.attributes,
        )


def parse(raw: RawRow, columns: Columns, region: str) -> ContactRow:
    """Understand one row. A wrong phone beside a good e-mail costs the phone, not the person.

    :raises RefusedRow: no usable address.
    """
    if raw.problem:
        raise RefusedRow(raw.problem)
    cells = {
        name: raw.cells[position].strip()
        for name, position in columns.fields.items()
        if position < len(raw.cells)
    }
    warnings = list(_shape_warnings(raw, columns))
    email = _email(cells.get("email", ""))
    phone = _phone(cells, email, region, warnings)
    if not email and not phone:
        raise RefusedRow(_("There is neither an e-mail address nor a phone number."))
    notes: list[str] = []
    return ContactRow(
        line=raw.line,
        email=email,
        phone=phone,
        name=_cut(_name(cells), _NAME_LENGTH, warnings),
        language=_language(cells.get("language", ""), notes),
        time_zone=_time_zone(cells.get("time_zone", ""), notes),
        account=_cut(cells.get("account", ""), _ACCOUNT_LENGTH, warnings),
        segments=_listed(cells.get("segments", "")),
        attributes=_attributes(raw, columns),
        warnings=tuple(warnings),
        notes=tuple(notes),
    )


def _shape_warnings(raw: RawRow, columns: Columns) -> Iterable[str]:
    if surplus := sum(bool(cell.strip()) for cell in raw.cells[columns.width :]):
        yield _("%(count)s cells beyond the last heading were left out.") % {"count": surplus}
    if raw.had_nul:
        yield _("NUL characters were removed.")


def _email(value: str) -> str:
    try:
        return addresses.normalise_email(value) if value else ""
    except addresses.InvalidAddress as error:
        raise RefusedRow(str(error)) from error


def _phone(cells: dict[str, str], email: str, region: str, warnings: list[str]) -> str:
    value = cells.get("phone", "")
    if not value:
        return ""
    try:
        return addresses.normalise_phone(value, cells.get("region", "") or region)
    except addresses.InvalidAddress as error:
        if not email:
            raise RefusedRow(str(error)) from error
        warnings.append(_("%(problem)s The contact stays without it.") % {"problem": error})
        return ""


def _name(cells: dict[str, str]) -> str:
    full, first, last = (cells.get(part, "") for part in ("name", "first_name", "last_name"))
    # German exports call the surname “Name” where there is a “Vorname”.
    return " ".join(filter(None, (first, last or full))) if first else (full or last)


def _cut(value: str, length: int | None, warnings: list[str]) -> str:
    if length and len(value) > length:
        warnings.append(_("A text was cut to %(length)s characters.") % {"length": length})
        return value[:length].strip()
    return value


def _language(value: str, notes: list[str]) -> str:
    spoken = value.casefold().replace("_", "-")
    code = _LANGUAGE_WORDS.get(spoken, spoken.partition("-")[0])
    if not value or code in languages.codes():
        return code
    notes.append(
        _("Language “%(value)s” is not offered; the default is used.") % {"value": value[:40]}
    )
    return ""


def _time_zone(value: str, notes: list[str]) -> str:
    if not value or value in _TIME_ZONES:
        return value
    notes.append(_("Time zone “%(value)s” is unknown and left out.") % {"value": value[:60]})
    return ""


def _listed(value: str) -> tuple[str, ...]:
    parts = value.replace(";", ",").replace("|", ",").replace("\n", ",").split(",")
    return tuple(dict.fromkeys(part.strip().casefold() for part in parts if part.strip()))


def _attributes(raw: RawRow, columns: Columns) -> dict[str, str]:
    return {
        name: raw.cells[position]
        for name, position in columns.attributes.items()
        if position < len(raw.cells) and raw.cells[position].strip()
    }
