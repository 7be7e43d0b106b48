import json
from argparse import ArgumentParser
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from embedded import instance, ports, production
from embedded.child import CannotStart
from embedded.supervisor import Supervisor
from incidents import recordings
from incidents.models import Incident, Plan, TimelineEntry
from incidents.recordings import Recording
from incidents.services import replays
from incidents.services.plans import NoPlan


class Command(BaseCommand):
    help = "Play recorded incidents against a plan, through the same engine as real ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", type=Path, help="JSON Lines (also .gz), or a Statuspage v2 file"
        )
        parser.add_argument("--id", help="play only the incident with this id")
        parser.add_argument("--plan", help="slug of the plan; otherwise the active one that fits")
        parser.add_argument(
            "--speed", type=float, help="story seconds per second; without it nothing is waited for"
        )
        parser.add_argument("--limit", type=int, help="play at most so many incidents")
        parser.add_argument("--json", type=Path, help="write a report to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        # A replay writes to whoever its plan names: on this machine that is the mail catcher.
        production.refuse()
        self._check(options)
        chosen = self._read(options["file"], options["id"])[: options["limit"]]
        plan = self._plan(options["plan"])
        call_command("migrate", verbosity=0)
        try:
            with ExitStack() as stack:
                self._have_services(stack)
                reports = self._play(chosen, plan, options["speed"])
        except KeyboardInterrupt:
            raise CommandError("Stopped before the end.") from None
        self._summarise(reports)
        if options["json"]:
            text = json.dumps([asdict(report) for report in reports], indent=1, ensure_ascii=False)
            options["json"].write_text(text + "\n")
            self.stdout.write(f"Report: {options['json']}")

    def _check(self, options: dict[str, Any]) -> None:
        """Better now than after an hour of playing."""
        if options["speed"] is not None and not options["speed"] > 0:
            raise CommandError("--speed must be a number above 0.")
        if options["limit"] is not None and options["limit"] < 1:
            raise CommandError("--limit must be at least 1.")
        if options["json"] and not options["json"].absolute().parent.is_dir():
            raise CommandError(f"--json: there is no folder {options['json'].parent}.")

    def _have_services(self, stack: ExitStack) -> None:
        """Embedded, the services run for as long as they are needed, unless they run already."""
        try:
            ports.claim()
            stack.enter_context(Supervisor(say=self.stdout.write).running())
        except instance.AlreadyRunning:
            self.stdout.write("Using the services that run already.")
        except (ports.PortsBusy, CannotStart) as error:
            raise CommandError(str(error)) from error

    def _read(self, path: Path, wanted: str | None) -> list[Recording]:
        try:
            found, problems = recordings.read(path)
        except recordings.BadRecording as error:
            raise CommandError(str(error)) from error
        for problem in problems:
            self.stderr.write(f"Left out: {problem}")
        if wanted:
            found = [recording for recording in found if recording.id == wanted]
        if not found:
            raise CommandError(
                f"No incident {wanted!r} in {path}." if wanted else f"Nothing to play in {path}."
            )
        return found

    def _plan(self, slug: str | None) -> Plan | None:
        if slug is None:
            return None
        plan = Plan.objects.active().filter(slug=slug).first()
        if plan is None:
            known = ", ".join(Plan.objects.active().values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no active plan {slug!r}; active are: {known}.")
        return plan

    def _play(
        self, chosen: list[Recording], plan: Plan | None, speed: float | None
    ) -> list[replays.Report]:
        played: list[tuple[Recording, Incident]] = []
        for recording in chosen:
            if plan and plan.kind != recording.kind:
                self.stderr.write(f"Left out: {recording.name!r} is no {plan.kind}.")
                continue
            self.stdout.write(f"\n{recording.name}  ({recording.started_at:%Y-%m-%d})")
            try:
                incident = replays.play(
                    recording=recording, plan=plan, speed=speed, on_release=self._show
                )
            except NoPlan as error:
                raise CommandError(
                    f"No active plan fits {recording.name!r} ({recording.kind})."
                    " Activate one in the admin, or name one with --plan."
                ) from error
            played.append((recording, incident))
        self.stdout.write("\nWaiting until everything is sent …")
        incidents = [incident for _recording, incident in played]
        try:
            replays.wait_until_delivered(played=incidents, seconds=900)
        except replays.NotDelivered as error:
            raise CommandError(f"{error}. Is a worker running?") from error
        return [
            replays.report(recording=recording, incident=incident) for recording, incident in played
        ]

    def _show(self, entry: TimelineEntry) -> None:
        at = f"{entry.released_at:%d %b %H:%M}" if entry.released_at else ""
        words = (entry.update.public_text.get("en", "") if entry.update else "").split("\n")[0]
        self.stdout.write(f"  {at}  {entry.step.name:<24.24}  {words:.70}")

    def _summarise(self, reports: list[replays.Report]) -> None:
        sent: dict[str, int] = {}
        for report in reports:
            for channel, states in report.deliveries.items():
                for state, count in states.items():
                    key = f"{channel} {state}"
                    sent[key] = sent.get(key, 0) + count
        made = sum(report.promises["made"] for report in reports)
        kept = sum(report.promises["kept"] for report in reports)
        recorded = sum(report.recorded_updates for report in reports)
        statements = sum(report.statements_of_the_plan for report in reports)
        self.stdout.write(
            f"\n{len(reports)} incidents, {recorded} recorded updates,"
            f" {statements} statements of the plan while nobody wrote"
        )
        for name, count in sorted(sent.items()):
            self.stdout.write(f"  {name}: {count:,}")
        self.stdout.write(f"  promises kept: {kept} of {made}")
