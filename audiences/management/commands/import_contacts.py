import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from phonenumbers import SUPPORTED_REGIONS

from audiences.models import Channel, ContactImport
from audiences.services import addresses, imports, uploads
from audiences.services.intake.fields import FIELDS
from audiences.services.intake.opening import Reading
from audiences.services.intake.raw import UnreadableFile
from audiences.services.intake.report import Finding, Report

SHOWN = 50
BIG = 5_000
CONSENT = ContactImport._meta.get_field("consent_text").max_length or 300


class Command(BaseCommand):
    help = (
        "Import contacts from a CSV or Excel file: good rows go in, bad ones are reported by line."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV, text or .xlsx, with or without headings")
        parser.add_argument(
            "--segment", default="", metavar="SLUG", help="subscribe everyone to it"
        )
        parser.add_argument(
            "--channel",
            action="append",
            choices=Channel.values,
            help="channels to subscribe on (default: email; name sms only with a consent)",
        )
        parser.add_argument(
            "--consent",
            default="",
            type=_brief,
            metavar="TEXT",
            help="where the consent to hear segments comes from, for example “contract of 2024, §"
            " 7”; kept as evidence, and needed with --segment",
        )
        parser.add_argument(
            "--text-version",
            default="",
            metavar="VERSION",
            help="which wording these people agreed to",
        )
        parser.add_argument(
            "--region",
            default=addresses.DEFAULT_REGION,
            type=_region,
            metavar="DE",
            help="country of phone numbers that are written without one",
        )
        parser.add_argument(
            "--sheet", default="", metavar="NAME", help="sheet of a workbook (default: the first)"
        )
        parser.add_argument(
            "--skip-rows",
            type=_number,
            metavar="N",
            help="lines above the headings (default: they are looked for)",
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            type=_column,
            metavar="HEADING=FIELD",
            help=f"what a column is, by its heading or number, for example Land=country; fields:"
            f" {', '.join(FIELDS)}, attributes.NAME, or nothing to leave it out",
        )
        parser.add_argument("--dry-run", action="store_true", help="report, but change nothing")
        parser.add_argument(
            "--json", type=_target, metavar="PATH", help="write the report there too"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        job = imports.Job(
            file=options["file"],
            segment=options["segment"],
            channels=tuple(options["channel"] or [Channel.EMAIL.value]),
            region=options["region"],
            consent_text=options["consent"],
            text_version=options["text_version"][:40],
            dry_run=options["dry_run"],
            reading=Reading(options["sheet"], options["skip_rows"], dict(options["map"])),
        )
        try:
            report = imports.run(job=job, now=timezone.now(), progress=self._progress)
        except uploads.NoConsent as error:
            raise CommandError(f"--consent: {error}") from error
        except (UnreadableFile, imports.UnknownSegment) as error:
            raise CommandError(str(error)) from error
        self._show(report)
        if path := options["json"]:
            path.write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n")

    def _progress(self, rows: int) -> None:
        if rows >= BIG:
            self.stderr.write(_("%(rows)s rows …") % {"rows": f"{rows:,}"})

    def _show(self, report: Report) -> None:
        for label, number in _totals(report):
            self.stdout.write(f"{label:<28}{number:>10,}")
        self._show_findings(_("Refused"), report.refused, report.counts.refused)
        self._show_findings(_("Warnings"), report.warnings, report.counts.warned)
        for note, count in report.notes.items():
            self.stdout.write(f"· {note}" + (f" ({count:,})" if count else ""))
        if report.dry_run:
            self.stdout.write(self.style.WARNING(_("This was a dry run: nothing was changed.")))

    def _show_findings(self, title: str, findings: list[Finding], count: int) -> None:
        if findings:
            self.stdout.write(f"\n{title}")
        for finding in findings[:SHOWN]:
            line = _("line %(line)s") % {"line": finding.line}
            self.stdout.write(f"  {line:<12} {finding.reason}")
        if count > SHOWN:
            more = _("… and %(count)s more; --json PATH writes them.")
            self.stdout.write(f"  {more % {'count': f'{count - SHOWN:,}'}}")


def _column(said: str) -> tuple[str, str]:
    heading, equals, field = said.rpartition("=")
    if not equals:
        raise ArgumentTypeError(_("Write it like Land=country."))
    return heading.strip(), field.strip()


def _region(said: str) -> str:
    if said.upper() not in SUPPORTED_REGIONS:
        words = _("“%(said)s” is no country: give its two letters, for example DE.")
        raise ArgumentTypeError(words % {"said": said})
    return said.upper()


def _number(said: str) -> int:
    if not said.isdecimal():
        raise ArgumentTypeError(_("Give a number from 0 on."))
    return int(said)


def _brief(said: str) -> str:
    if len(said) > CONSENT:
        words = _("It is kept as evidence, and has at most %(length)d characters.")
        raise ArgumentTypeError(words % {"length": CONSENT})
    return said


def _target(said: str) -> Path:
    path = Path(said)
    if path.is_dir():
        raise ArgumentTypeError(_("%(name)s is a folder: name a file in it.") % {"name": path})
    if not path.parent.is_dir():
        raise ArgumentTypeError(_("There is no folder %(name)s.") % {"name": path.parent})
    return path


def _totals(report: Report) -> list[tuple[str, int]]:
    counts = report.counts
    return [
        (_("rows"), counts.rows),
        (_("created"), counts.created),
        (_("updated"), counts.updated),
        (_("unchanged"), counts.unchanged),
        (_("duplicates in the file"), counts.duplicates),
        (_("refused"), counts.refused),
        (_("accounts created"), counts.accounts_created),
        (_("accounts updated"), counts.accounts_updated),
        (_("subscriptions confirmed"), counts.subscribed),
        (_("stay unsubscribed"), counts.stay_unsubscribed),
    ]
