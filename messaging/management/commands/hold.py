from django.core.management.base import BaseCommand, CommandParser

from messaging.services import holding

AFTER_A_RESTORE = "Held: the database was restored, what was sent since the backup is not in it"


class Command(BaseCommand):
    help = "Let nothing go out after a restore: pause every broadcast, until a person decides."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--because", default=AFTER_A_RESTORE, help="stands at each broadcast")

    def handle(self, *args: object, because: str, **options: object) -> None:
        held = holding.hold(because=because)
        self.stdout.write(
            f"Broadcasts paused: {held.broadcasts}\n"
            f"Deliveries now unknown, they were being sent: {held.unknown}\n"
            "Resume or cancel each paused broadcast in the admin."
        )
