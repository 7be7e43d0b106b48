"""Whom a command is about: an address as anybody spells it, or a contact's number."""

from argparse import ArgumentParser

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from audiences.models import Contact
from audiences.services import aliases, lookup


def add_who(parser: ArgumentParser) -> None:
    parser.add_argument("address", nargs="?", default="", help="e-mail address or phone number")
    parser.add_argument("--contact", type=int, metavar="ID", help="the contact's number instead")


def the_one(address: str, contact_id: int | None) -> Contact:
    """:raises CommandError: nobody, or more than one person; the message says what to do."""
    found = list(
        Contact.objects.filter(pk=aliases.current(number=contact_id))
        if contact_id
        else lookup.by_address(address)
    )
    if not found:
        raise CommandError(
            _("There is no such contact. Give an address as it is in the contact, or --contact ID.")
        )
    if len(found) > 1:
        ids = ", ".join(f"--contact {one.pk}" for one in found)
        raise CommandError(
            _("%(count)d people share this address. Choose one of them: %(ids)s")
            % {"count": len(found), "ids": ids}
        )
    return found[0]
