"""On a contact's page: every message to this person, as it was read, and what became of it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from audiences.admin import panels
from audiences.admin.moments import moment
from audiences.admin.pages import address
from audiences.models import Contact
from audiences.services.erased import is_mark
from messaging.admin import reasons
from messaging.services import holdings, wrong_texts
from messaging.services.reading import Read, as_read

PER_PAGE = 20


@dataclass(frozen=True)
class Message:
    read: Read
    # "" where it was given up after its time.
    address: str
    at: str
    page: str
    broadcast_page: str
    # The public page of the incident it is about, "" where it is about none.
    incident_page: str
    what: str
    fix: str
    # What put it right, each with its page.
    corrections: list[tuple[str, str]]


def _show(request: HttpRequest, contact: Contact) -> dict[str, Any] | None:
    if not request.user.has_perm("messaging.view_delivery"):
        return None
    number = _page(request.GET.get("sent", ""))
    begin = (number - 1) * PER_PAGE
    rows = holdings.of(contact).select_related("broadcast").defer("broadcast__counts")
    rows = rows.prefetch_related("broadcast__amendments__by")
    # One more than is shown tells whether there are older ones; nobody counts them.
    found = list(rows[begin : begin + PER_PAGE + 1])
    read = as_read(found[:PER_PAGE], name=contact.name)
    return {
        "messages": [_message(one) for one in read],
        "newer": number - 1,
        "older": number + 1 if len(found) > PER_PAGE else 0,
    }


def _page(word: str) -> int:
    return max(int(word), 1) if word.isascii() and word.isdigit() and len(word) < 7 else 1


def _message(read: Read) -> Message:
    delivery = read.delivery
    what, fix = reasons.words(delivery.state, delivery.error_code)
    broadcast = delivery.broadcast
    at = delivery.accepted_at or delivery.final_at or broadcast.started_at or broadcast.created_at
    return Message(
        read,
        address="" if is_mark(delivery.address) else delivery.address,
        at=moment(at),
        page=address(delivery),
        broadcast_page=address(broadcast),
        incident_page=str(broadcast.facts.get("incident_url", "")),
        what=what,
        fix=fix,
        corrections=[(one.title, address(one)) for one in wrong_texts.put_right(delivery)],
    )


panels.register("admin/messaging/person.html", _show)
