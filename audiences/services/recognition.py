"""The contacts that rows of a file mean, as they stand in the database."""

from collections.abc import Iterable, Set
from typing import Any, NamedTuple

from audiences.models import Contact
from audiences.services import aliases
from audiences.services.intake.rows import ContactRow

_KNOWN = (
    *("pk", "email", "phone", "name", "language", "time_zone", "is_locale_own", "attributes"),
    *("account_id", "account__name", "account__external_id"),
)


class Known(NamedTuple):
    """A contact as it stands in the database, or will."""

    pk: int
    email: str
    phone: str
    name: str
    language: str
    time_zone: str
    is_locale_own: bool
    attributes: dict[str, Any]
    account_id: int | None
    account: str | None
    account_external_id: str | None

    def address(self, name: str) -> str:
        return str(getattr(self, name))


def are(rows: Iterable[ContactRow]) -> dict[str, Known]:
    """Who is meant by the addresses of rows, by identity."""
    rows = list(rows)
    emails = {row.email for row in rows if row.email}
    phones = {row.phone for row in rows if not row.email}
    people: dict[str, Known] = {}
    for condition in ({"email__in": emails}, {"email": "", "phone__in": phones}):
        for values in Contact.objects.filter(**condition).values_list(*_KNOWN):
            known = Known(*values)
            people[known.email or known.phone] = known
    return people


def were(identities: Set[str]) -> dict[str, Known]:
    """Who is meant by addresses that are nobody's identity any more."""
    found = aliases.whose(identities=identities)
    people = Contact.objects.filter(pk__in=found.values()).values_list(*_KNOWN)
    by_number = {known.pk: known for known in (Known(*values) for values in people)}
    return {identity: by_number[pk] for identity, pk in found.items()}
