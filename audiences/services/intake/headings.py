"""Which column of a file holds what: headings as people write them, or no headings at all."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences.fields import NAME_LENGTH
from audiences.services import addresses
from audiences.services.intake import account_cells
from audiences.services.intake.fields import FIELDS

# Compared without case, spaces and punctuation; where several columns claim a field, the one whose
# heading stands further in front here is the clearer one.
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
    "account_tier": "accounttier tier kundenstufe stufe",
    "account_kind": "accountkind accounttype kundenart firmenart",
    "account_language": "accountlanguage companylanguage firmensprache",
    "account_time_zone": "accounttimezone companytimezone firmazeitzone firmenzeitzone",
    "account_manager": "accountmanager kundenbetreuer kundenbetreuung",
    "account_components": "accountcomponents components komponenten usedcomponents"
    " genutztekomponenten usedservices genutztedienste dienste dienst komponente component",
    "segments": "segments segment segmente",
    "region": "country countrycode land länderkürzel region",
    # What an export adds for its readers; what somebody hears is not changed by a file's words.
    "": "subscriptions createdat",
}
_FIELD = {name: field for field, names in _WRITTEN_AS.items() for name in names.split()}
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
ATTRIBUTE = "attributes."
# Columns of one row, not in use of each other: the later ones become attributes.
_UNKNOWN = "?"


_RANK = {name: rank for names in _WRITTEN_AS.values() for rank, name in enumerate(names.split())}
_ADDRESSES = frozenset({"email", "phone", "mobile"})


class UnknownHeading(ValueError):
    """A column that somebody named is not there; the message lists those that are."""


@dataclass(frozen=True)
class Proposal:
    """Field of each column, "" where it is left out; without headings the first row is data."""

    fields: tuple[str, ...]
    has_headings: bool
    # Columns that would have filled the same field as another, by their headings.
    passed_over: tuple[str, ...] = ()


def propose(
    first_row: Sequence[str], region: str, wishes: Mapping[str, str] | None = None
) -> Proposal:
    """Read the headings, or guess from a first row that already holds an address. `wishes` say of
    some columns, by heading or number, what they are.

    :raises UnknownHeading: a wish is about no column.
    """
    names = [_field(heading) for heading in first_row]
    wished = {_place(name, first_row): _meant(field) for name, field in (wishes or {}).items()}
    is_data = all(name == _UNKNOWN for name in names) and holds_address(first_row)
    if is_data:
        names = list(_guess(first_row, region))
    elif "mobile" in names:
        # Text messages go to the mobile; a second number stays readable as an attribute.
        names = [_UNKNOWN if name == "phone" else name for name in names]
        names = ["phone" if name == "mobile" else name for name in names]
    if not {*names, *wished.values()} & {"account", "account_external_id"}:
        # Whose tier it is, nobody would know.
        names = [_UNKNOWN if name in account_cells.FIELDS else name for name in names]
    names = [wished.get(place, name) for place, name in enumerate(names)]
    lost = _losers(names, first_row, wished)
    names = [_UNKNOWN if place in lost else name for place, name in enumerate(names)]
    passed_over = tuple(first_row[place].strip() for place in sorted(lost))
    return Proposal(_with_attributes(names, first_row), not is_data, passed_over)


def are_headings(row: Sequence[str]) -> bool:
    """Whether one of them says that its column holds addresses."""
    return any(_field(heading) in _ADDRESSES for heading in row)


def holds_address(row: Sequence[str]) -> bool:
    return any(map(_is_email, row))


def _place(name: str, first_row: Sequence[str]) -> int:
    for place, heading in enumerate(first_row):
        if _squeezed(heading) == _squeezed(name):
            return place
    if name.isdecimal() and 0 < int(name) <= len(first_row):
        return int(name) - 1
    raise UnknownHeading(
        _("There is no column “%(name)s”. The headings are: %(headings)s.")
        % {"name": name, "headings": ", ".join(one.strip() for one in first_row)[:500]}
    )


def _meant(field: str) -> str:
    """A field by its own name, or as a heading would call it."""
    known = _field(field)
    return field if known == _UNKNOWN or field in _WRITTEN_AS else known.replace("mobile", "phone")


def _losers(
    names: Sequence[str], first_row: Sequence[str], wished: Mapping[int, str]
) -> frozenset[int]:
    """Columns beside a clearer one of the same field; what somebody wished is the clearest.

    To which of two addresses somebody is written is never guessed: a person says so.
    """
    wanted = {name for place, name in enumerate(names) if place in wished}
    left_open = {"", _UNKNOWN} | (_ADDRESSES - wanted)
    best: dict[str, tuple[bool, int, int]] = {}
    for place, name in enumerate(names):
        if name not in left_open:
            rank = _RANK.get(_squeezed(first_row[place]), 0)
            claim = (place not in wished, rank, place)
            best[name] = min(best.get(name, claim), claim)
    winners = {place for _wish, _rank, place in best.values()}
    return frozenset(
        place
        for place, name in enumerate(names)
        if name not in left_open and place not in winners and place not in wished
    )


def _with_attributes(names: Sequence[str], first_row: Sequence[str]) -> tuple[str, ...]:
    """Unknown columns become attributes, each under a name of its own."""
    fields: list[str] = []
    for place, name in enumerate(names):
        field = name
        if name == _UNKNOWN:
            own = ATTRIBUTE + attribute_name(first_row[place], place)
            taken = {*fields, *names}
            field = own if own not in taken else f"{own}_{place + 1}"
        fields.append(field)
    return tuple(fields)


def attribute_name(heading: str, position: int) -> str:
    """A name that segment rules can use: “Kunde seit” → kunde_seit."""
    plain = unicodedata.normalize("NFKD", heading.casefold().translate(_UMLAUTS))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode())
    return "_".join(words)[:NAME_LENGTH] or f"column_{position + 1}"


def _field(heading: str) -> str:
    if heading.startswith(ATTRIBUTE) and len(heading) > len(ATTRIBUTE):
        # As our own export writes it: the name is kept to the letter.
        return heading
    key = _squeezed(heading)
    return _FIELD[key] if key in _FIELD else _labels().get(key, _UNKNOWN)


@lru_cache(maxsize=1)
def _labels() -> dict[str, str]:
    """What the pages call each field, in every language: who reads it there writes it in a file."""
    found: dict[str, str] = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            found |= {_squeezed(str(label)): name for name, label in FIELDS.items()}
    return found


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
