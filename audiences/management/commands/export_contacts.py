from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from audiences.models import Contact
from audiences.services import exports

_FORMATS = {".csv": exports.write_csv, ".xlsx": exports.write_xlsx}


class Command(BaseCommand):
    help = "Export all contacts to a .csv or .xlsx file, which import_contacts takes back in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="where to: its ending says the format")

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["file"]
        write = _FORMATS.get(target.suffix.lower())
        if write is None:
            raise CommandError(_("Give the file the ending .csv or .xlsx."))
        try:
            write(Contact.objects.all(), target)
        except OSError as error:
            raise CommandError(
                _("%(file)s cannot be written: %(why)s.") % {"file": target, "why": error.strerror}
            ) from error
        self.stdout.write(f"{Contact.objects.count():,} → {target}")
