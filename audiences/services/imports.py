"""Contacts from a file: good rows in, bad rows reported by line, and nothing half-done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from audiences.models import Channel, Contact, Segment
from audiences.services import addresses, contacts, enrolment
from audiences.services.intake.reading import Reading
from audiences.services.intake.report import Report
from audiences.services.intake.rows import ContactRow


class UnknownSegment(ValueError):
    """There is no such segment; the message lists those that exist."""


@dataclass(frozen=True)
class Job:
    """What to import, and what the people in it shall hear.

    A text message needs a consent of its own, so `channels` names SMS only where it was given.
    """

    file: Path
    segment: str = ""
    channels: tuple[str, ...] = (Channel.EMAIL.value,)
    region: str = addresses.DEFAULT_REGION
    dry_run: bool = False


def run(*, job: Job, now: datetime, progress: Callable[[int], None] = lambda rows: None) -> Report:
    """Import a file in one transaction, reading it row by row.

    A person who stands in the file twice is merged: what the later row says wins. Somebody known
    already is amended by what the file gives; an empty cell never erases.

    :raises UnreadableFile: the file cannot be read to its end; nothing was imported.
    :raises UnknownSegment: the segment to subscribe to does not exist; nothing was imported.
    """
    report = Report(file=job.file.name, dry_run=job.dry_run)
    with transaction.atomic():
        lists = _lists(job, now)
        reading = Reading(file=job.file, region=job.region, report=report)
        for batch in reading.batches():
            stored = contacts.store(rows=batch)
            _count(report, stored, reading.met_first_in(batch))
            lists.enrol(batch, stored.contacts, report)
            progress(report.rows)
        transaction.set_rollback(job.dry_run)
    return report


def _count(report: Report, stored: contacts.Stored, met_first: set[str]) -> None:
    """Whoever stood in an earlier batch was counted there, and is a duplicate here."""
    report.created += len(met_first & stored.created)
    report.updated += len(met_first & stored.updated)
    report.unchanged += len(met_first - stored.created - stored.updated)
    report.accounts_created += stored.accounts_created


@dataclass(frozen=True)
class _Lists:
    """The segments people join by this import, and what will prove it later."""

    by_name: Mapping[str, Segment]
    for_everyone: tuple[str, ...]
    channels: tuple[str, ...]
    evidence: str
    now: datetime

    def enrol(
        self, batch: Mapping[str, ContactRow], people: Mapping[str, Contact], report: Report
    ) -> None:
        joining: dict[Segment, list[Contact]] = {}
        for identity, row in batch.items():
            for name in dict.fromkeys(self.for_everyone + row.segments):
                if segment := self.by_name.get(name):
                    joining.setdefault(segment, []).append(people[identity])
                else:
                    note = _("There is no segment “%(name)s”; nobody was subscribed to it.")
                    report.notes[note % {"name": name[:80]}] += 1
        for segment, joined in joining.items():
            for channel in self.channels:
                enrolled = enrolment.enrol(
                    segment=segment,
                    channel=channel,
                    contacts=joined,
                    evidence=self.evidence,
                    now=self.now,
                )
                report.subscribed += enrolled.confirmed
                report.stay_unsubscribed += enrolled.stay_away


def _lists(job: Job, now: datetime) -> _Lists:
    known = list(Segment.objects.order_by("slug"))
    slugs = {segment.slug: segment for segment in known}
    if job.segment and job.segment not in slugs:
        raise UnknownSegment(
            _("There is no segment “%(slug)s”. Known are: %(known)s.")
            % {"slug": job.segment, "known": ", ".join(slugs) or "–"}
        )
    return _Lists(
        by_name={segment.name.casefold(): segment for segment in known} | slugs,
        for_everyone=(job.segment,) if job.segment else (),
        channels=job.channels,
        evidence=_("Imported from %(file)s on %(time)s.")
        % {"file": job.file.name, "time": f"{now:%Y-%m-%d %H:%M %Z}"},
        now=now,
    )
