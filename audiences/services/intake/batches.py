"""The next people of an import, as they go to the database: merged, and without who must stay
out."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from audiences.models import Channel, address_field
from audiences.services import addresses, erased
from audiences.services.intake.report import REFUSED, WARNING, Counts, Finding
from audiences.services.intake.rows import ContactRow
from audiences.services.intake.spool import Spool


@dataclass(frozen=True)
class Batch:
    """One row per person. Who stood further up in the file was counted there."""

    people: dict[str, ContactRow]
    met_first: set[str]
    counts: Counts
    # The last row before these, and the place of each person's own.
    after: int
    places: dict[str, int]

    def outcome(self, created: Set[str], changed: Set[str]) -> Counts:
        """How many were created and changed of those whom the file has not named before."""
        return Counts(
            created=len(self.met_first & created),
            updated=len(self.met_first & changed),
            unchanged=len(self.met_first - created - changed),
        )


def read(spool: Spool, *, after: int, limit: int) -> Batch:
    """Take the next `limit` rows; whoever asked to be erased is refused here, each time anew."""
    rows = _without_erased(spool, spool.people(after=after, limit=limit))
    first = spool.first_met(after=after, limit=limit)
    people: dict[str, ContactRow] = {}
    for _position, row in rows:
        known = people.get(row.identity)
        people[row.identity] = known.amended_by(row) if known else row
    window = {"after": after, "until": after + limit}
    counts = Counts(
        rows=limit,
        duplicates=sum(first[row.identity][0] != position for position, row in rows),
        refused=spool.count(REFUSED, **window),
        warned=spool.count(WARNING, **window),
    )
    return Batch(
        people,
        {name for name, (place, _line) in first.items() if place > after},
        counts,
        after,
        {row.identity: position for position, row in rows},
    )


def warn(spool: Spool, batch: Batch, identities: Set[str], said: str) -> Counts:
    """Say something of the rows of some people; what the batch counts with that."""
    spool.remark(
        (batch.places[one], WARNING, Finding(batch.people[one].line, said)) for one in identities
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
    stay: list[tuple[int, ContactRow]] = []
    for position, row in rows:
        hit = {channel for channel, some in gone.items() if _address(row, channel) in some}
        if hit == {Channel.SMS} and row.email and not addresses.may_take_texts(row.phone):
            # A firm's number is many people's; only a telephone in a pocket is somebody's own.
            bare = replace(row, phone="")
            spool.amend(position, bare, _without_number())
            stay.append((position, bare))
        elif hit:
            spool.erase(position, _("Erased on request: this person stays out."))
        else:
            stay.append((position, row))
    return stay


def _without_number() -> str:
    return _("Somebody with this number was erased: this person stays without it.")


def _address(row: ContactRow, channel: str) -> str:
    return str(getattr(row, address_field(channel)))
