from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from audiences.management.people import add_who, the_one
from audiences.services import erasure, lookup


class Command(BaseCommand):
    help = "Take one person out of every table, for good; only a keyed hash of the address remains."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_who(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "--no-contact",
            action="store_true",
            help="the address is no contact's any more: erase what is left of it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["no_contact"]:
            self._erase_address(options["address"], is_sure=options["yes"])
            return
        contact = the_one(options["address"], options["contact"])
        self._ask(contact.email or contact.phone, is_sure=options["yes"])
        erasure.erase(contact=contact, by=None, now=timezone.now())
        self.stdout.write(_("Contact %(number)s was erased.") % {"number": contact.pk})

    def _erase_address(self, address: str, *, is_sure: bool) -> None:
        if not address or lookup.by_address(address).exists():
            raise CommandError(_("A contact has this address: leave --no-contact out."))
        self._ask(address, is_sure=is_sure)
        channel = lookup.channel_of(address)
        erasure.erase_address(channel=channel, address=address, now=timezone.now())
        self.stdout.write(_("What was left of the address was erased."))

    def _ask(self, address: str, *, is_sure: bool) -> None:
        question = _("This cannot be undone. To confirm, type %(address)s:") % {"address": address}
        try:
            is_confirmed = is_sure or input(f"{question} ") == address
        except EOFError as error:
            raise CommandError(
                _("Nobody is there to be asked: say --yes if it is meant.")
            ) from error
        if not is_confirmed:
            raise CommandError(_("Not confirmed: nothing was erased."))
