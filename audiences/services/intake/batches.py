"""The next people of an import, as they go to the database: merged, and without who must stay
out."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from audiences.models import Channel, Contact, address_field
from audiences.services import erased
from audiences.services.intake.report import REFUSED, WARNING, Counts, Finding
from audiences.services.intake.rows import ContactRow
from audiences.services.intake.spool import Spool


@dataclass(frozen=True)
class Batch:
    """One row for each person whom the file names here first, with all that it says of them further
    down: in pieces, what stands there first would be undone and done again with every import."""

    people: dict[str, ContactRow]
    counts: Counts
    # The last row before these, and the place of each person's first.
    after: int
    places: dict[str, int]
    # What rows say of the account of each person, and which row says it.
    of_accounts: dict[str, list[tuple[int, dict[str, str]]]]

    def outcome(self, created: Set[str], changed: Set[str]) -> Counts:
        return Counts(
            created=len(created),
            updated=len(changed),
            unchanged=len(self.people.keys() - created - changed),
        )


def read(spool: Spool, *, after: int, limit: int) -> Batch:
    """Take the next `limit` rows; whoever asked to be erased is refused here, each time anew."""
    here = spool.people(after=after, limit=limit)
    rows = _without_erased(spool, [*here, *spool.further_down(after=after, limit=limit)])
    first = spool.first_met(after=after, limit=limit)
    people: dict[str, ContactRow] = {}
    places: dict[str, int] = {}
    of_accounts: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for position, row in rows:
        if first.get(row.identity, (0, 0))[0] <= after:
            continue
        known = people.get(row.identity)
        if known and not known.may_share_account(row):
            of_accounts.pop(row.identity, None)
        if row.account_details:
            of_accounts.setdefault(row.identity, []).append((position, row.account_details))
        people[row.identity] = known.amended_by(row) if known else row
        places.setdefault(row.identity, position)
    until = after + limit
    counts = Counts(
        rows=limit,
        duplicates=sum(
            first[row.identity][0] != position for position, row in rows if position <= until
        ),
        refused=spool.count(REFUSED, after=after, until=until),
        warned=spool.count(WARNING, after=after, until=until),
    )
    return Batch(people, counts, after, places, of_accounts)


def warn(spool: Spool, batch: Batch, said: Mapping[str, str]) -> Counts:
    """Say something of the rows of some people; what the batch counts with that."""
    spool.remark(
        (batch.places[one], WARNING, Finding(batch.people[one].line, words))
        for one, words in said.items()
    )
    until = batch.after + batch.counts.rows
    return replace(batch.counts, warned=spool.count(WARNING, after=batch.after, until=until))


def _without_erased(
    spool: Spool, rows: Sequence[tuple[int, ContactRow]]
) -> list[tuple[int, ContactRow]]:
    gone = {
        channel: erased.among(
            channel=channel,
            addresses={value for _at, row in rows if (value := _address(row, channel))},
        )
        for channel in Channel.values
    }
    by_number = {row.email for _at, row in rows if row.email and row.phone in gone[Channel.SMS]}
    known = set(Contact.objects.filter(email__in=by_number).values_list("email", flat=True))
    stay: list[tuple[int, ContactRow]] = []
    for position, row in rows:
        hit = {channel for channel, some in gone.items() if _address(row, channel) in some}
        if hit == {Channel.SMS} and row.email and (row.email in known or _is_desk(row.phone)):
            bare = replace(row, phone="")
            spool.amend(position, bare, _without_number())
            stay.append((position, bare))
        elif hit:
            spool.erase(position, _why_out(hit))
        else:
            stay.append((position, row))
    return stay


def _is_desk(phone: str) -> bool:
    return not erased.tells_who(channel=Channel.SMS, address=phone)


def _without_number() -> str:
    return _("Somebody with this number was erased: this person stays without it.")


def _why_out(hit: Set[str]) -> str:
    if hit == {Channel.SMS}:
        return _("Nobody new comes in with the number of somebody who was erased on request.")
    return _("Erased on request: this person stays out.")


def _address(row: ContactRow, channel: str) -> str:
    return str(getattr(row, address_field(channel)))
