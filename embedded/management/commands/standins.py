import asyncio
import signal

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from embedded import production
from embedded.serving import HOST, Ports, standins
from embedded.store import Store


class Command(BaseCommand):
    help = "Catch mail and texts on this machine, until it is told to stop."
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        production.refuse()
        ports = Ports(smtp=settings.EMBEDDED_SMTP_PORT, http=settings.EMBEDDED_STANDINS_PORT)
        try:
            asyncio.run(self._serve(ports))
        except OSError as error:
            raise CommandError(
                f"{error.strerror}. Set EMBEDDED_PORT to the first of three free ports."
            ) from error

    async def _serve(self, ports: Ports) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        with Store(settings.EMBEDDED_STORE) as store:
            async with standins(store, ports):
                self.stdout.write(f"E-mail: smtp://{HOST}:{ports.smtp}")
                self.stdout.write(f"Texts:  http://{HOST}:{ports.http}")
                self.stdout.write(f"Inbox:  http://{HOST}:{ports.http}/inbox")
                await stop.wait()
