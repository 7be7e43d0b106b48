"""The segments that people join by an import, and what will prove it later."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from django.utils.translation import gettext as _

from audiences.models import (
    AudienceKind,
    Channel,
    ContactImport,
    Segment,
    Subscription,
    address_field,
)
from audiences.services import consents, enrolment, offers
from audiences.services.consents import Proof
from audiences.services.contacts import Plan
from audiences.services.enrolment import Enrolled, Person
from audiences.services.intake.batches import Batch
from audiences.services.intake.rows import ContactRow


@dataclass(frozen=True)
class Lists:
    by_name: Mapping[str, Segment]
    for_everyone: Segment | None
    channels: tuple[str, ...]
    proof: Proof
    # From what, when and by whom.
    imported: str
    # Without a word on where the consent comes from, nobody joins what the rows name.
    has_consent: bool

    @classmethod
    def of(cls, contact_import: ContactImport) -> Self:
        known = list(Segment.objects.in_use().filter(topic="").order_by("slug"))
        return cls(
            by_name={segment.name.casefold(): segment for segment in known}
            | {segment.slug: segment for segment in known},
            for_everyone=contact_import.segment,
            channels=tuple(contact_import.channels),
            proof=_proof(contact_import),
            imported=_imported(contact_import),
            has_consent=consents.is_said(contact_import.consent_text),
        )

    def forecast(self, batch: Batch, planned: Plan) -> Enrolled:
        """How many would join who do not hear the segment, and how many have left it for good."""
        return _total(
            enrolment.forecast(
                segment=segment,
                channel=channel,
                people=people,
                moving=planned.left if channel == Channel.SMS else (),
            )
            for segment, channel, people in self._joining(batch, planned)
        )

    def enrol(self, batch: Batch, stored: Plan, now: datetime) -> Enrolled:
        return _total(
            enrolment.enrol(
                segment=segment,
                channel=channel,
                contacts=[pk for pk in people if isinstance(pk, int)],
                proof=self.proof,
                now=now,
            )
            for segment, channel, people in self._joining(batch, stored)
        )

    def new_address(self) -> Proof:
        """Why somebody's agreement waits for another: by the file they are reached elsewhere."""
        return replace(self.proof, evidence=consents.other_address(self.imported), text_version="")

    def remarks(self, batch: Batch, enrolled: Enrolled) -> dict[str, int]:
        """What is to be said of these rows, and how often."""
        unknown = _("There is no segment “%(name)s”; nobody is subscribed to it.")
        names = [name for row in batch.people.values() for name in row.segments]
        found = Counter(unknown % {"name": one[:80]} for one in names if one not in self.by_name)
        named = sum(name in self.by_name for name in names)
        for row in batch.people.values() if self.has_consent else ():
            wanted = {self.by_name.get(name) for name in row.segments} | {self.for_everyone}
            for one in wanted:
                if one and not _may_join(row, one):
                    found[_internal() % {"name": one.name}] += 1
        found[_say_consent()] = 0 if self.has_consent else named
        found[_no_texts()] = enrolled.unable
        return dict(+found)

    def _joining(
        self, batch: Batch, planned: Plan
    ) -> Iterator[tuple[Segment, str, dict[Person, str]]]:
        """Who joins one segment on one channel, with the address there."""
        joining: dict[tuple[Segment, str], dict[Person, str]] = {}
        for identity, row in batch.people.items() if self.has_consent else ():
            known = planned.people.get(identity)
            if identity in planned.recognised:
                # What it says is about an address they have no longer.
                continue
            for channel in self.channels:
                address = planned.address(identity, address_field(channel))
                for segment in self._named(row) if address else ():
                    people = joining.setdefault((segment, channel), {})
                    people[known.pk if known else identity] = address
        for (segment, channel), people in joining.items():
            yield segment, channel, people

    def _named(self, row: ContactRow) -> set[Segment]:
        known = (self.by_name.get(name) for name in row.segments)
        return {one for one in (*known, self.for_everyone) if one and _may_join(row, one)}


def _may_join(row: ContactRow, segment: Segment) -> bool:
    """A file is no proof that somebody is a colleague: it lets only our own mailboxes onto an
    internal list."""
    return segment.kind != AudienceKind.INTERNAL or offers.is_internal(row.email)


def _internal() -> str:
    return _(
        "“%(name)s” is internal: a file subscribes only mailboxes of our own domains"
        " (INTERNAL_DOMAINS) to it."
    )


def _say_consent() -> str:
    return _(
        "The file names segments, but not where the consent comes from: nobody is subscribed by it."
    )


def _no_texts() -> str:
    return _("A number that gets no text messages is not subscribed to any.")


def _total(enrolled: Iterator[Enrolled]) -> Enrolled:
    return sum(enrolled, Enrolled())


def _proof(contact_import: ContactImport) -> Proof:
    return Proof(
        source=Subscription.Source.IMPORT,
        evidence=f"{contact_import.consent_text} {_imported(contact_import)}".strip(),
        text_version=contact_import.text_version,
    )


def _imported(contact_import: ContactImport) -> str:
    by = contact_import.created_by
    return _("Imported from %(file)s on %(time)s by %(who)s.") % {
        "file": contact_import.name,
        "time": f"{contact_import.created_at:%Y-%m-%d %H:%M %Z}",
        "who": by.get_username() if by else _("the command line"),
    }
