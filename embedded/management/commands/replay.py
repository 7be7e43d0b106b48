import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from embedded import instance, ports, production
from embedded.child import CannotStart
from embedded.supervisor import Supervisor
from incidents import recordings
from incidents.models import Incident, Plan, TimelineEntry
from incidents.recordings import Recording
from incidents.services import comparisons, plans, replay_reports, replay_summary, replays
from incidents.services.plans import NoPlan


class Command(BaseCommand):
    help = "Play recorded incidents against a plan, through the same engine as real ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", type=Path, nargs="+", help="JSON Lines (also .gz), or a Statuspage v2 file"
        )
        parser.add_argument("--id", help="play only the incident with this id")
        parser.add_argument(
            "--plan",
            help="slug of the plan; otherwise the active one that fits",
        )
        parser.add_argument(
            "--version", type=int, help="of the plan, also a draft; otherwise the active one"
        )
        parser.add_argument(
            "--against",
            metavar="SLUG:N",
            help="rehearse with this version as well, and say what would be different",
        )
        parser.add_argument(
            "--rehearse", action="store_true", help="send nothing and keep nothing; fast"
        )
        parser.add_argument(
            "--people",
            action="store_true",
            help="when rehearsing, also count who would get each message",
        )
        parser.add_argument(
            "--speed", type=float, help="story seconds per second; without it nothing is waited for"
        )
        parser.add_argument("--limit", type=int, help="play at most so many incidents")
        parser.add_argument("--json", type=Path, help="write a report to this file")

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Django's own --version gives way to that of the plan.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def handle(self, *args: Any, **options: Any) -> None:
        self._check(options)
        chosen = self._read(options["file"], options["id"])[: options["limit"]]
        if settings.EMBEDDED:
            call_command("migrate", verbosity=0)
        plan = self._plan(options["plan"], options["version"])
        other = self._other(options["against"])
        chosen = list(self._of_kind(chosen, plan or other))
        if other:
            told: list[Any] = self._compare(chosen, plan, other, options["people"])
        elif options["rehearse"]:
            told = self._rehearse(chosen, plan, options["people"])
        else:
            told = self._play_here(chosen, plan, options["speed"])
        if options["json"]:
            self._write(options["json"], told)

    def _check(self, options: dict[str, Any]) -> None:
        """Better now than after an hour of playing."""
        if options["speed"] is not None and not options["speed"] > 0:
            raise CommandError("--speed must be a number above 0.")
        if options["limit"] is not None and options["limit"] < 1:
            raise CommandError("--limit must be at least 1.")
        if options["json"] and not options["json"].absolute().parent.is_dir():
            raise CommandError(f"--json: there is no folder {options['json'].parent}.")
        if (options["version"] is not None or options["against"]) and not options["plan"]:
            raise CommandError("Say which plan this is a version of: --plan.")
        if not options["rehearse"] and not options["against"]:
            # A replay writes to whoever its plan names: on this machine that is the mail catcher.
            production.refuse()

    def _read(self, paths: list[Path], wanted: str | None) -> list[Recording]:
        found: list[Recording] = []
        for path in paths:
            try:
                readable, problems = recordings.read(path)
            except recordings.BadRecording as error:
                raise CommandError(str(error)) from error
            for problem in problems:
                self.stderr.write(f"Left out: {problem}")
            found += readable
        if wanted:
            found = [recording for recording in found if recording.id == wanted]
        if not found:
            where = ", ".join(map(str, paths))
            raise CommandError(
                f"No incident {wanted!r} in {where}." if wanted else f"Nothing to play in {where}."
            )
        return found

    def _plan(self, slug: str | None, version: int | None) -> Plan | None:
        if slug is None:
            return None
        try:
            return plans.find(slug=slug, version=version)
        except plans.UnknownPlan as error:
            raise CommandError(str(error)) from error

    def _other(self, named: str | None) -> Plan | None:
        if named is None:
            return None
        slug, _colon, version = named.rpartition(":")
        if not slug or not version.isdecimal():
            raise CommandError("--against names a plan and its version, for example incident:2.")
        return self._plan(slug, int(version))

    def _of_kind(self, found: list[Recording], plan: Plan | None) -> Iterator[Recording]:
        for recording in found:
            if plan and plan.kind != recording.kind:
                self.stderr.write(f"Left out: {recording.name!r} is no {plan.kind}.")
            else:
                yield recording

    def _compare(
        self, chosen: list[Recording], plan: Plan | None, other: Plan, counts_people: bool
    ) -> list[comparisons.Comparison]:
        assert plan, "checked with the options"
        found = []
        for recording in chosen:
            one = comparisons.compare(
                recording=recording, before=plan, after=other, counts_people=counts_people
            )
            found.append(one)
            self._say(recording, *replay_summary.changes(one))
        self._say(None, *(replay_summary.compared(found) if found else ()))
        return found

    def _rehearse(
        self, chosen: list[Recording], plan: Plan | None, counts_people: bool
    ) -> list[replay_reports.Report]:
        reports = []
        for recording in chosen:
            try:
                found = replays.rehearse(
                    recording=recording, plan=plan, counts_people=counts_people
                )
            except NoPlan as error:
                raise self._no_plan(recording) from error
            reports.append(found)
        self._say(None, *(replay_summary.replayed(reports) if reports else ()))
        return reports

    def _play_here(
        self, chosen: list[Recording], plan: Plan | None, speed: float | None
    ) -> list[replay_reports.Report]:
        try:
            with ExitStack() as stack:
                self._have_services(stack)
                reports = self._play(chosen, plan, speed)
        except KeyboardInterrupt:
            raise CommandError("Stopped before the end.") from None
        self._say(None, *(replay_summary.replayed(reports) if reports else ()))
        return reports

    def _have_services(self, stack: ExitStack) -> None:
        """Embedded, the services run for as long as they are needed, unless they run already."""
        try:
            ports.claim()
            stack.enter_context(Supervisor(say=self.stdout.write).running())
        except instance.AlreadyRunning:
            self.stdout.write("Using the services that run already.")
        except (ports.PortsBusy, CannotStart) as error:
            raise CommandError(str(error)) from error

    def _play(
        self, chosen: list[Recording], plan: Plan | None, speed: float | None
    ) -> list[replay_reports.Report]:
        played: list[tuple[Recording, Incident]] = []
        for recording in chosen:
            self._say(recording)
            try:
                incident = replays.play(
                    recording=recording, plan=plan, speed=speed, on_release=self._show
                )
            except NoPlan as error:
                raise self._no_plan(recording) from error
            played.append((recording, incident))
        self.stdout.write("\nWaiting until everything is sent …")
        incidents = [incident for _recording, incident in played]
        try:
            replays.wait_until_delivered(played=incidents, seconds=900)
        except replays.NotDelivered as error:
            raise CommandError(f"{error}. Is a worker running?") from error
        return [
            replay_reports.report(recording=recording, incident=incident)
            for recording, incident in played
        ]

    def _no_plan(self, recording: Recording) -> CommandError:
        return CommandError(
            f"No active plan fits {recording.name!r} ({recording.kind})."
            " Activate one in the admin, or name one with --plan."
        )

    def _show(self, entry: TimelineEntry) -> None:
        at = f"{entry.released_at:%d %b %H:%M}" if entry.released_at else ""
        words = (entry.update.public_text.get("en", "") if entry.update else "").split("\n")[0]
        self.stdout.write(f"  {at}  {entry.step.name:<24.24}  {words:.70}")

    def _say(self, recording: Recording | None, *lines: str) -> None:
        name = f"{recording.name}  ({recording.started_at:%Y-%m-%d})" if recording else ""
        self.stdout.write("\n".join([f"\n{name}" if name else "", *lines]))

    def _write(self, path: Path, told: list[Any]) -> None:
        dated = json.dumps([asdict(one) for one in told], indent=1, ensure_ascii=False, default=str)
        path.write_text(dated + "\n")
        self.stdout.write(f"Report: {path}")
