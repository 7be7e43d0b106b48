from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from embedded import ports, production
from embedded.child import CannotStart
from embedded.instance import AlreadyRunning
from embedded.supervisor import Supervisor


class Command(BaseCommand):
    help = "Run everything on this machine: web, worker, beat, and the stand-ins they talk to."

    def handle(self, *args: object, **options: object) -> None:
        production.refuse()
        try:
            ports.claim()
            self._run()
        except (ports.PortsBusy, AlreadyRunning, CannotStart) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")

    def _run(self) -> None:
        call_command("migrate", verbosity=0)
        self.stdout.write(f"Starting, with logs in {settings.VAR_DIR / 'log'} …")
        with Supervisor(say=self.stdout.write).running() as services:
            for name, address in services.addresses().items():
                self.stdout.write(f"  {name + ':':10} {address}")
            self.stdout.write("Ctrl-C stops everything.")
            services.wait()
