"""One recipient's message: the frozen content, merged, with the headers that make it arrive."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import formataddr
from functools import cache
from typing import NamedTuple, TypeVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from messaging import merging
from messaging.channels import Content, Message
from messaging.models import Broadcast, BroadcastContent
from messaging.services import brand, hours, links
from messaging.services.barring import Claimed
from messaging.services.reception import Reception

T = TypeVar("T")

# Broadcasts whose contents a sender keeps at hand; more at once are rare.
_KEPT = 16
# Each is a MIME skeleton more.
_ZONES_KEPT = 64


class NoContent(Exception):
    """The broadcast says nothing in any language this delivery could be read in."""


class Wording(NamedTuple):
    """A content, and the same without the way to reach us; None where it says no way."""

    language: str
    full: Content
    without_support: Content | None

    def in_zone(self, moments: Sequence[Sequence[str]], zone: str) -> "Wording":
        """The same, with the times of the broadcast as they are there."""
        full, without_support = (
            content and hours.in_zone(content, moments=moments, language=self.language, zone=zone)
            for content in (self.full, self.without_support)
        )
        assert full, "a wording has a content"
        return Wording(self.language, full, without_support)


class Composer:
    """Holds the contents of the broadcasts at hand, so that each is read once."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.domain, self.base_url = settings.MAIL_DOMAIN, settings.PUBLIC_BASE_URL
        self._reception = Reception()
        self._wordings: dict[int, dict[tuple[str, str], Wording]] = {}
        self._elsewhere: dict[tuple[Wording, str], Wording] = {}

    def compose(self, claimed: Claimed) -> Message:
        """:raises NoContent: nothing to say to this person."""
        token = links.token_of(
            contact=claimed.contact_id or 0, broadcast=claimed.broadcast, channel=self.channel
        )
        url = self.base_url + links.unsubscribe_path(token)
        # An answer to a reminder is one to the request before it.
        asked = claimed.broadcast.reminds
        answer_token = (
            links.token_of(contact=claimed.contact_id or 0, broadcast=asked, channel=self.channel)
            if asked
            else token
        )
        content, support = self._said_to(claimed)
        return Message(
            id=claimed.pk,
            to=claimed.address,
            content=content,
            values={
                "salutation": salutation(claimed.language, claimed.name or ""),
                "support": support,
                "unsubscribe_url": url,
                "feedback_url": self.base_url + links.feedback_path(answer_token),
                "preferences_url": self.base_url + links.preferences_path(token),
                "confirm_url": self.base_url + links.confirm_path(token),
            },
            headers=own_headers(claimed, url, self.domain),
            callback_url=f"{self.base_url}/hooks/twilio/status/{claimed.pk}/",
            valid_seconds=_seconds_until(claimed.broadcast.expires_at),
        )

    def _said_to(self, claimed: Claimed) -> tuple[Content, str]:
        """The content, and how this person can reach us where it says so."""
        _language, full, without_support = self._wording(claimed)
        if without_support is None:
            return full, ""
        support = self._reception.words(
            segment=claimed.segment_id,
            language=claimed.language,
            zone=claimed.time_zone,
        )
        return (full, support) if support else (without_support, "")

    def _wording(self, claimed: Claimed) -> Wording:
        broadcast = claimed.broadcast
        wordings = self._wordings.get(broadcast.pk)
        if wordings is None:
            while len(self._wordings) >= _KEPT:
                del self._wordings[next(iter(self._wordings))]
            wordings = self._wordings[broadcast.pk] = self._read(broadcast)
        if wording := pick(wordings, claimed.language, claimed.detail):
            return self._in_zone(wording, claimed)
        raise NoContent(f"Broadcast {broadcast.pk} has no words for this channel.")

    def _in_zone(self, wording: Wording, claimed: Claimed) -> Wording:
        """Made once per zone, as a content is: most readers share a few."""
        zone = claimed.time_zone
        if not zone or zone == settings.TIME_ZONE:
            return wording
        if (wording, zone) not in self._elsewhere:
            while len(self._elsewhere) >= _ZONES_KEPT:
                del self._elsewhere[next(iter(self._elsewhere))]
            self._elsewhere[wording, zone] = wording.in_zone(claimed.broadcast.moments, zone)
        return self._elsewhere[wording, zone]

    def _read(self, broadcast: Broadcast) -> dict[tuple[str, str], Wording]:
        headers = shared_headers(broadcast)
        return {
            (row.language, row.detail): worded(
                row.language,
                Content(
                    row.subject,
                    row.text,
                    row.html,
                    row.sms_text,
                    headers,
                    brand.travelling_with(row.html),
                ),
            )
            for row in BroadcastContent.objects.filter(broadcast=broadcast)
            if self.channel != "sms" or row.sms_text
        }


def worded(language: str, content: Content) -> Wording:
    """A content together with what it is for whom there is no way to reach us."""
    parts = content.subject, content.text, content.html, content.sms_text
    if not any(merging.FIELDS["support"] in part for part in parts):
        return Wording(language, content, None)
    subject, text, html, sms_text = parts
    silent = replace(
        content,
        subject=merging.without_words(subject, "support"),
        text=merging.without(text, "support"),
        html=merging.without_html(html, "support"),
        sms_text=merging.without_words(sms_text, "support"),
    )
    return Wording(language, content, silent)


def pick(contents: Mapping[tuple[str, str], T], language: str, detail: str) -> T | None:
    """What somebody of this language and detail level reads; public rather than nothing."""
    if content := contents.get((language, detail)):
        return content
    for code in (language, settings.LANGUAGE_CODE, *(key[0] for key in contents)):
        for level in (detail, "public"):
            if content := contents.get((code, level)):
                return content
    return None


@cache
def _greeting(language: str) -> tuple[str, str]:
    with override(language):
        return _("Hello %(name)s,"), _("Hello,")


def salutation(language: str, name: str) -> str:
    """How a letter in that language begins."""
    with_name, without = _greeting(language)
    name = " ".join(name.split())
    return with_name % {"name": name} if name else without


def _seconds_until(moment: datetime) -> int:
    return max(int(moment.timestamp() - time.time()), 1)


def shared_headers(broadcast: Broadcast) -> Mapping[str, str]:
    """RFC 8058 (leaving), 2919 (which list), 3834 (automatic): the same for everybody."""
    if broadcast.purpose == Broadcast.Purpose.REPLY:
        # A person wrote it, and reads what comes back.
        return {"Reply-To": address} if (address := broadcast.facts.get("reply_to")) else {}
    if broadcast.purpose in Broadcast.PERSONAL:
        # Meant for one person and sent to them alone: there is no list to leave.
        return {"Auto-Submitted": "auto-generated"}
    stream = "feedback" if broadcast.needs_consent else "notices"
    return {
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        # Only the name may be encoded: filters look for the brackets.
        "List-Id": formataddr((settings.ORGANISATION_NAME, f"{stream}.{settings.MAIL_DOMAIN}")),
        "Auto-Submitted": "auto-generated",
    }


def own_headers(claimed: Claimed, unsubscribe_url: str, domain: str) -> Mapping[str, str]:
    """RFC 5322 (one message, one thread) and 2369 (leaving): a message that comes twice is one."""
    broadcast = claimed.broadcast
    thread = f"<{broadcast.thread}.{claimed.contact_id}@{domain}>"
    headers = {
        "Message-ID": f"<{broadcast.key.hex}.{claimed.pk}@{domain}>",
        "References": thread,
        "In-Reply-To": thread,
    }
    if broadcast.purpose not in Broadcast.PERSONAL:
        headers["List-Unsubscribe"] = f"<{unsubscribe_url}>"
    return headers
