"""What one person got, mails and texts together in the order of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from embedded import letters
from embedded.letters import Letter
from embedded.store import Mail, Store, Text

STATUSES = {
    "accepted": _("accepted"),
    "queued": _("queued"),
    "sent": _("sent"),
    "delivered": _("delivered"),
    "undelivered": _("undelivered"),
}


@dataclass(frozen=True)
class Entry:
    """One message: either a mail with its letter, or a text with the words for its status."""

    at: datetime
    mail: Mail | None = None
    letter: Letter | None = None
    text: Text | None = None
    status: str | Promise = ""


def entry_of_mail(mail: Mail) -> Entry:
    return Entry(_moment(mail.at), mail=mail, letter=letters.opened(mail.raw))


def entry_of_text(text: Text) -> Entry:
    return Entry(_moment(text.at), text=text, status=STATUSES[text.status])


def address(asked: str) -> str:
    """Undo what a query string makes of the plus sign that a number begins with."""
    return f"+{asked[1:]}" if asked.startswith(" ") else asked


def thread(store: Store, *, addresses: Sequence[str]) -> list[Entry]:
    """Everything that went to one of a person's addresses, oldest first."""
    mails = [entry_of_mail(mail) for each in addresses for mail in store.mails_to(each)]
    texts = [entry_of_text(text) for each in addresses for text in store.texts_to(each)]
    return sorted(mails + texts, key=lambda entry: entry.at)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
