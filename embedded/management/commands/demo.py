import os
import secrets
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from embedded import ports, production
from embedded.child import CannotStart
from embedded.demo import opinions, play, verdict, visitors
from embedded.demo.narration import Narrator
from embedded.instance import AlreadyRunning
from embedded.supervisor import Services, Supervisor
from feedback.admin import results_page
from feedback.models import Survey
from feedback.services import results
from feedback.services.results import Slice
from incidents.example import company, staff
from incidents.models import Incident


class Command(BaseCommand):
    help = "Play one incident of an example company, from first notice to feedback."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end after the story")

    def handle(self, *args: Any, **options: Any) -> None:
        production.refuse()
        # The company speaks in its own name, unless somebody chose another.
        os.environ.setdefault("ORGANISATION_NAME", company.ORGANISATION)
        try:
            ports.claim()
            self._prepare()
            with Supervisor(say=self.stdout.write).running() as services:
                self._run(services, stays=not options["once"])
        except (ports.PortsBusy, AlreadyRunning, CannotStart) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            if options["once"]:
                raise CommandError("Stopped before the end.") from None
            self.stdout.write("\nStopped.")

    def _prepare(self) -> None:
        began = time.monotonic()
        call_command("migrate", verbosity=0)
        company.load(password=_password(), now=timezone.now())
        took = time.monotonic() - began
        self.stdout.write(
            f"{company.ORGANISATION} is set up ({took:.1f} s); starting its services …"
        )

    def _run(self, services: Services, *, stays: bool) -> None:
        since = timezone.now()
        self.stdout.write("Everything runs. Three hours pass in one minute:\n\n")
        try:
            incident = play.play(narrator=Narrator(self.stdout))
        except play.TooSlow as error:
            raise CommandError(
                f"The story did not come to its end; see {settings.VAR_DIR / 'log'}."
            ) from error
        answered = visitors.answer(incident=incident)
        self._show_results(incident)
        findings = verdict.findings(incident=incident, since=since, answered=answered)
        self.stdout.write("\nWhat became of it:\n")
        for finding in findings:
            self.stdout.write(f"  {'✓' if finding.is_true else '✗'} {finding.sentence}\n")
        self._show_addresses(incident)
        if not all(finding.is_true for finding in findings):
            raise CommandError("Not everything of the story happened.")
        if stays:
            self.stdout.write("\nEverything stays up. Ctrl-C stops it.\n")
            services.wait()

    def _show_results(self, incident: Incident) -> None:
        survey = Survey.objects.get(versions__invitations__broadcast__thread=incident.key)
        summary = results.summary(of=Slice(survey, thread=incident.key))
        self.stdout.write("")
        for line in opinions.lines(summary):
            self.stdout.write(line)

    def _show_addresses(self, incident: Incident) -> None:
        survey = Survey.objects.get(versions__invitations__broadcast__thread=incident.key)
        base = settings.PUBLIC_BASE_URL
        inbox = f"http://127.0.0.1:{settings.EMBEDDED_STANDINS_PORT}/inbox"
        results_path = results_page.address(survey=survey.slug, occasion=incident.key)
        self.stdout.write(
            f"\nLook at it:\n"
            f"  status page  {base}/\n"
            f"  incident     {base}{reverse('incident', args=[incident.key])}\n"
            f"  inbox        {inbox}\n"
            f"  results      {base}{results_path}\n"
            f"  admin        {base}{reverse('admin:index')}\n"
            f"  log-ins      {staff.LEAD} (leads), {', '.join(staff.DEPUTIES)} (deputies),"
            f" {staff.ACCOUNT_MANAGER} (account manager); password {_password()}\n"
        )


def _password() -> str:
    """One password for the example's log-ins, made once and kept beside its database."""
    path = settings.VAR_DIR / "demo_password"
    if not path.exists():
        path.touch(0o600)
        path.write_text(secrets.token_urlsafe(9))
    return path.read_text()
