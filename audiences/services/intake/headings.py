"""Which column of a file holds what: headings as people write them, or no headings at all."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from audiences.services import addresses

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
    "account_external_id": "accountexternalid externalid customernumber kundennummer accountid"
    " kundennr accountnumber",
    "segments": "segments segment segmente",
    "region": "region country countrycode land länderkürzel",
    # What an export adds for its readers; what somebody hears is not changed by a file's words.
    "": "subscriptions createdat",
}
_FIELD = {name: field for field, names in _WRITTEN_AS.items() for name in names.split()}
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
ATTRIBUTE = "attributes."
# Columns of one row, not in use of each other: the later ones become attributes.
_UNKNOWN = "?"


@dataclass(frozen=True)
class Proposal:
    """Field of each column, "" where it is left out; without headings the first row is data."""

    fields: tuple[str, ...]
    has_headings: bool


def propose(first_row: Sequence[str], region: str) -> Proposal:
    """Read the headings, or guess from a first row that already holds an address."""
    names = [_field(heading) for heading in first_row]
    is_data = all(name == _UNKNOWN for name in names) and any(map(_is_email, first_row))
    if is_data:
        return Proposal(_guess(first_row, region), has_headings=False)
    if "mobile" in names:
        # Text messages go to the mobile; a second number stays readable as an attribute.
        names = [_UNKNOWN if name == "phone" else name for name in names]
        names = ["phone" if name == "mobile" else name for name in names]
    fields = [
        ATTRIBUTE + attribute_name(heading, position) if name == _UNKNOWN else name
        for position, (heading, name) in enumerate(zip(first_row, names, strict=True))
    ]
    return Proposal(tuple(fields), has_headings=True)


def attribute_name(heading: str, position: int) -> str:
    """A name that segment rules can use: “Kunde seit” → kunde_seit."""
    plain = unicodedata.normalize("NFKD", heading.casefold().translate(_UMLAUTS))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode())
    return "_".join(words) or f"column_{position + 1}"


def _field(heading: str) -> str:
    if heading.startswith(ATTRIBUTE) and len(heading) > len(ATTRIBUTE):
        # As our own export writes it: the name is kept to the letter.
        return heading
    return _FIELD.get(_squeezed(heading), _UNKNOWN)


def _squeezed(heading: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFC", heading)).casefold()


def _guess(first_row: Sequence[str], region: str) -> tuple[str, ...]:
    fields: list[str] = []
    for position, cell in enumerate(first_row):
        kind = "email" if _is_email(cell) else "phone" if _is_phone(cell, region) else "name"
        is_taken = kind in fields or not cell.strip()
        fields.append(f"{ATTRIBUTE}column_{position + 1}" if is_taken else kind)
    return tuple(fields)


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
