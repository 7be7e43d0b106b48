import sys

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError

from messaging.services import vitals
from messaging.services.vitals import DATABASE_AWAY


class Command(BaseCommand):
    help = "Say whether messages are moving; exit code 1 when they are not."

    def handle(self, *args: object, **options: object) -> None:
        try:
            findings = vitals.obstacles() or vitals.findings()
        except (OperationalError, InterfaceError):
            findings = [DATABASE_AWAY]
        for finding in findings:
            self.stdout.write(f"{finding.what}: {finding.words}")
        if findings:
            sys.exit(1)
        self.stdout.write("Messages are moving.")
