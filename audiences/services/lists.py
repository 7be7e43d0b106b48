"""The segments that people join by an import, and what will prove it later."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from django.utils.translation import gettext as _

from audiences.models import ContactImport, Segment, address_field
from audiences.services import enrolment
from audiences.services.contacts import Plan
from audiences.services.enrolment import Enrolled
from audiences.services.intake.batches import Batch


@dataclass
class Joining:
    """Who joins one segment: whom we know by their key, and how many are still to be created."""

    known: set[int] = field(default_factory=set)
    newcomers: int = 0


@dataclass(frozen=True)
class Lists:
    by_name: Mapping[str, Segment]
    for_everyone: Segment | None
    channels: tuple[str, ...]
    evidence: str

    @classmethod
    def of(cls, contact_import: ContactImport) -> Self:
        known = list(Segment.objects.filter(topic="").order_by("slug"))
        return cls(
            by_name={segment.name.casefold(): segment for segment in known}
            | {segment.slug: segment for segment in known},
            for_everyone=contact_import.segment,
            channels=tuple(contact_import.channels),
            evidence=_evidence(contact_import),
        )

    def forecast(self, batch: Batch, planned: Plan) -> Enrolled:
        """How many would join who do not hear the segment, and how many have left it for good."""
        return _total(
            enrolment.forecast(
                segment=segment, channel=channel, newcomers=new.newcomers, known=new.known
            )
            for segment, channel, new in self._joining(batch, planned)
        )

    def enrol(self, batch: Batch, stored: Plan, now: datetime) -> Enrolled:
        return _total(
            enrolment.enrol(
                segment=segment,
                channel=channel,
                contacts=new.known,
                evidence=self.evidence,
                now=now,
            )
            for segment, channel, new in self._joining(batch, stored)
        )

    def unknown(self, batch: Batch) -> list[str]:
        """What rows call a segment and is none, as often as it is said."""
        return [
            name
            for row in batch.people.values()
            for name in row.segments
            if name not in self.by_name
        ]

    def _joining(self, batch: Batch, planned: Plan) -> Iterator[tuple[Segment, str, Joining]]:
        joining: dict[tuple[Segment, str], Joining] = {}
        for identity, row in batch.people.items():
            known = planned.people.get(identity)
            named = {self.by_name[name] for name in row.segments if name in self.by_name}
            for segment in named | ({self.for_everyone} if self.for_everyone else set()):
                for channel in self.channels:
                    name = address_field(channel)
                    if not (getattr(row, name) or (known and known.address(name))):
                        continue
                    place = joining.setdefault((segment, channel), Joining())
                    if known:
                        place.known.add(known.pk)
                    elif identity in batch.met_first:
                        place.newcomers += 1
        for (segment, channel), new in joining.items():
            yield segment, channel, new


def _total(enrolled: Iterator[Enrolled]) -> Enrolled:
    parts = list(enrolled)
    return Enrolled(
        confirmed=sum(part.confirmed for part in parts),
        stay_away=sum(part.stay_away for part in parts),
    )


def _evidence(contact_import: ContactImport) -> str:
    told = _("Imported from %(file)s on %(time)s.") % {
        "file": contact_import.name,
        "time": f"{contact_import.created_at:%Y-%m-%d %H:%M %Z}",
    }
    return f"{contact_import.consent_text} {told}".strip()
