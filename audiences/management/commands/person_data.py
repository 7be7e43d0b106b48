from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from audiences.management.people import add_who, the_one
from audiences.services import personal_data


class Command(BaseCommand):
    help = "Write everything that is held about one person to standard output, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_who(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        contact = the_one(options["address"], options["contact"])
        self.stdout.write(personal_data.as_json(contact=contact), ending="")
