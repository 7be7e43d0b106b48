from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError

from messaging.services import holding, vitals
from messaging.services.vitals import DATABASE_AWAY

AFTER_A_RESTORE = "Held: the database was restored, what was sent since the backup is not in it"


class Command(BaseCommand):
    help = "Let nothing go out after a restore: pause every broadcast, until a person decides."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--because", default=AFTER_A_RESTORE, help="stands at each broadcast")

    def handle(self, *args: object, because: str, **options: object) -> None:
        try:
            obstacles = vitals.obstacles()
            held = None if obstacles else holding.hold(because=because)
        except (OperationalError, InterfaceError):
            obstacles, held = [DATABASE_AWAY], None
        if held is None:
            raise CommandError("; ".join(finding.words for finding in obstacles))
        if not (held.broadcasts or held.unknown):
            self.stdout.write("Nothing was being sent, so there is nothing to hold.")
            return
        self.stdout.write(
            f"Broadcasts paused: {held.broadcasts}\n"
            f"Deliveries now unknown, they were being sent: {held.unknown}\n"
            "Resume or cancel each paused broadcast in the admin."
        )
