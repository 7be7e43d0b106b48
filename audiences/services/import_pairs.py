"""Rows about people by their number alone, where other rows of the file have their mailbox."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from audiences.models import Contact
from audiences.services import recognition
from audiences.services.intake import lone_numbers
from audiences.services.intake.lone_numbers import Beside
from audiences.services.intake.report import WARNING, Finding
from audiences.services.intake.spool import Spool

_AT_ONCE = 2_000


def settle(spool: Spool) -> None:
    """Once a whole file is understood: take both as one where the person is known by either, and
    say of the others that they may be the same. Done again, it says the same."""
    numbers = lone_numbers.all_of(spool)
    merged = _("By the number, this and line %(line)s are one person: the rows were merged.")
    for start in range(0, len(numbers), _AT_ONCE):
        mailboxes = _mailboxes({*numbers[start : start + _AT_ONCE]})
        with spool.together():
            # What has moved once is not found again.
            _say(spool, lone_numbers.readdress(spool, mailboxes), merged)
    if numbers:
        same = _(
            "The number of line %(line)s, which has an e-mail address: if they are the same person,"
            " merge the two."
        )
        _say(spool, lone_numbers.beside_mailboxes(spool), same)


def _mailboxes(numbers: set[str]) -> dict[str, str]:
    """The mailboxes of people who were known by these numbers alone, and have them still."""
    alone = Contact.objects.filter(email="", phone__in=numbers)
    earlier = recognition.were(numbers - set(alone.values_list("phone", flat=True)))
    return {number: one.email for number, one in earlier.items() if one.phone == number}


def _say(spool: Spool, found: Iterable[Beside], words: str) -> None:
    spool.remark(
        (one.position, WARNING, Finding(one.line, words % {"line": one.other_line}))
        for one in found
    )
