"""Which column of a file holds what: headings as people write them, or no headings at all."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from audiences.services import addresses
from audiences.services.intake.files import UnreadableFile

# Compared without case, spaces and punctuation.
_WRITTEN_AS = {
    "email": "email mail emailaddress emailadresse mailaddress mailadresse",
    "first_name": "firstname vorname givenname",
    "last_name": "lastname nachname surname familyname familienname",
    "name": "name fullname vollername contactname ansprechpartner",
    "mobile": "mobil mobile mobilnummer mobiltelefon mobilephone mobilenumber handy handynummer"
    " cell cellphone sms",
    "phone": "phone phonenumber telefon telefonnummer telephone tel rufnummer",
    "language": "language sprache lang locale",
    "time_zone": "timezone zeitzone tz",
    "account": "account company firma unternehmen organisation organization",
    "segments": "segments segment segmente",
    "region": "region country countrycode land länderkürzel",
}
_FIELD = {name: field for field, names in _WRITTEN_AS.items() for name in names.split()}
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True)
class Columns:
    """Field or attribute of each column; with `guessed` the first row is data, not headings."""

    fields: dict[str, int]
    attributes: dict[str, int]
    width: int
    guessed: bool = False


def understand(first_row: Sequence[str], region: str) -> Columns:
    """Read the headings, or guess from a first row that already holds an address.

    :raises UnreadableFile: no address column, or two that claim to be the same.
    """
    names = [_FIELD.get(_squeezed(heading), "") for heading in first_row]
    if not any(names) and any(_is_email(cell) for cell in first_row):
        return _guess(first_row, region)
    fields = {name: position for position, name in enumerate(names) if name}
    if not fields.keys() & {"email", "phone", "mobile"}:
        headings = ", ".join(heading.strip() for heading in first_row)
        raise UnreadableFile(
            _("There is no column for e-mail or phone. The headings are: %(headings)s.")
            % {"headings": headings[:500]}
        )
    _insist_on_one_each(first_row, names)
    if "mobile" in fields:
        # Text messages go to the mobile; a second number stays readable as an attribute.
        names = ["" if name == "phone" else name for name in names]
        fields.pop("phone", None)
        fields["phone"] = fields.pop("mobile")
    attributes = {
        attribute_name(heading, position): position
        for position, (heading, name) in enumerate(zip(first_row, names, strict=True))
        if name in {"", "region"}
    }
    return Columns(fields, attributes, len(first_row))


def attribute_name(heading: str, position: int) -> str:
    """A name that segment rules can use: “Kunde seit” → kunde_seit."""
    plain = unicodedata.normalize("NFKD", heading.casefold().translate(_UMLAUTS))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode())
    return "_".join(words) or f"column_{position + 1}"


def _squeezed(heading: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFC", heading)).casefold()


def _insist_on_one_each(first_row: Sequence[str], names: list[str]) -> None:
    claims: dict[str, list[str]] = {}
    for position, (heading, name) in enumerate(zip(first_row, names, strict=True)):
        claims.setdefault(name or attribute_name(heading, position), []).append(heading.strip())
    for claim, headings in claims.items():
        if len(headings) > 1:
            raise UnreadableFile(
                _("Several columns claim to be %(name)s: %(headings)s. Rename all but one.")
                % {"name": claim, "headings": ", ".join(headings)}
            )


def _guess(first_row: Sequence[str], region: str) -> Columns:
    fields: dict[str, int] = {}
    attributes: dict[str, int] = {}
    for position, cell in enumerate(first_row):
        kind = "email" if _is_email(cell) else "phone" if _is_phone(cell, region) else "name"
        if kind in fields or not cell.strip():
            attributes[f"column_{position + 1}"] = position
        else:
            fields[kind] = position
    return Columns(fields, attributes, len(first_row), guessed=True)


def _is_email(cell: str) -> bool:
    try:
        addresses.normalise_email(cell)
    except addresses.InvalidAddress:
        return False
    return True


def _is_phone(cell: str, region: str) -> bool:
    try:
        addresses.normalise_phone(cell, region)
    except addresses.InvalidAddress:
        return False
    return True
