"""Which field or attribute each column fills, agreed to by a person or proposed by us."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from audiences.services.intake import account_cells
from audiences.services.intake.fields import FIELDS
from audiences.services.intake.headings import ATTRIBUTE, attribute_name


class InvalidMapping(ValueError):
    """Nobody can be told by these columns; the message names them and the fix."""


@dataclass(frozen=True)
class Columns:
    """Position of each field and attribute."""

    fields: dict[str, int]
    attributes: dict[str, int]
    width: int


def read(mapping: Mapping[str, str], headings: Sequence[str]) -> Columns:
    """Understand a mapping of column numbers, as the model keeps it.

    :raises InvalidMapping: no address column, a field given twice, or no such field.
    """
    claims: dict[str, list[int]] = {}
    for position, field in sorted((int(key), field) for key, field in mapping.items()):
        if field:
            claims.setdefault(field, []).append(position)
    _insist_on_one_each(claims, headings)
    fields = {name: places[0] for name, places in claims.items() if name in FIELDS}
    attributes = {
        name.removeprefix(ATTRIBUTE): places[0]
        for name, places in claims.items()
        if name.startswith(ATTRIBUTE)
    }
    if unknown := claims.keys() - fields.keys() - {ATTRIBUTE + name for name in attributes}:
        raise InvalidMapping(_("There is no field “%(name)s”.") % {"name": min(unknown)})
    if not fields.keys() & {"email", "phone"}:
        raise InvalidMapping(
            _("There is no column for e-mail or phone. The headings are: %(headings)s.")
            % {"headings": ", ".join(heading.strip() for heading in headings)[:500]}
        )
    lost = fields.keys() & account_cells.FIELDS
    if lost and not fields.keys() & {"account", "account_external_id"}:
        said = _("Without a column for the account nobody knows whose “%(name)s” it is.")
        raise InvalidMapping(said % {"name": label(min(lost))})
    if "region" in fields:
        # It explains the number, and is worth knowing besides.
        place = fields["region"]
        attributes.setdefault(attribute_name(_heading(headings, place), place), place)
    return Columns(fields, attributes, len(headings))


def of_profile(mapping: Mapping[str, str], headings: Sequence[str]) -> list[str]:
    """The headings of the columns that are no field of ours."""
    return [
        _heading(headings, int(place))
        for place, field in mapping.items()
        if field.startswith(ATTRIBUTE)
    ]


def label(field: str) -> str:
    """What a column fills, in words; "" where it is left out."""
    if field.startswith(ATTRIBUTE):
        return _("profile: %(name)s") % {"name": field.removeprefix(ATTRIBUTE)}
    return str(FIELDS.get(field, field))


def _insist_on_one_each(claims: Mapping[str, Sequence[int]], headings: Sequence[str]) -> None:
    for field, places in claims.items():
        if len(places) > 1:
            named = ", ".join(_heading(headings, place) for place in places)
            raise InvalidMapping(
                _("Several columns claim to be %(name)s: %(headings)s. Keep only one of them.")
                % {"name": label(field), "headings": named}
            )


def _heading(headings: Sequence[str], place: int) -> str:
    return headings[place].strip() if place < len(headings) else ""
