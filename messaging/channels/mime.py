"""MIME made once per content: per recipient only the differing bytes are spliced in.

Composing is the cost of sending, not rendering: Django needs most of a millisecond per message for
headers and encodings that are the same for everyone.
"""

import html
import re
from email.header import Header
from email.message import Message as MimeMessage
from email.utils import formatdate
from typing import Any

from django.core.mail import EmailMultiAlternatives

from messaging.channels import Content, Message
from messaging.merging import FIELDS

# Beyond this a line could pass the 998 octets of RFC 5322 §2.1.1 once the values are in.
LONGEST_LINE = 500
LONGEST_VALUE = 450
_TO, _DATE = "to@xmimex.invalid", "Thu, 01 Jan 1970 00:00:00 -0000"


class Notice(EmailMultiAlternatives):
    """Keeps every header on one line: simple parsers read the unsubscribe link (RFC 8058)."""

    def message(self, **kwargs: Any) -> Any:
        message: MimeMessage[str, str] = super().message(**kwargs)
        message.policy = message.policy.clone(max_line_length=990)
        return message


def notice(message: Message) -> Notice:
    """Compose one message the ordinary way."""
    composed = Notice(message.subject, message.text, to=[message.to], headers=message.all_headers)
    composed.attach_alternative(message.html, "text/html")
    return composed


class Skeleton:
    """One content's MIME, open at the places where recipients differ."""

    def __init__(self, content: Content, header_names: tuple[str, ...]) -> None:
        self._headers = {name: f"xMIME-{number}-x" for number, name in enumerate(header_names)}
        self._html = {token: f"xHTML{number}x" for number, token in enumerate(FIELDS.values())}
        source = content.html
        for token, mark in self._html.items():
            source = source.replace(token, mark)
        made = Notice(
            content.subject, content.text, to=[_TO], headers=self._headers | {"Date": _DATE}
        )
        made.attach_alternative(source, "text/html")
        mime = made.message().as_bytes(linesep="\r\n")
        # A name from anywhere may follow: the parts are 8bit even where their own text is ASCII.
        mime = mime.replace(b"Content-Transfer-Encoding: 7bit", b"Content-Transfer-Encoding: 8bit")
        self._pieces = self._cut(mime)
        self._fits = b"quoted-printable" not in mime and max(map(len, mime.split(b"\r\n"))) <= (
            LONGEST_LINE
        )
        self._subject_is_fixed = not any(token in content.subject for token in FIELDS.values())

    def _cut(self, mime: bytes) -> list[bytes]:
        marks = [_TO, _DATE, *self._headers.values(), *self._html.values(), *FIELDS.values()]
        pattern = "|".join(re.escape(mark) for mark in marks)
        return re.split(f"({pattern})".encode(), mime)

    def fill(self, message: Message) -> bytes | None:
        """The whole message, or None when this one has to be composed the ordinary way."""
        values = {_TO: message.to, _DATE: formatdate()}
        headers = message.all_headers
        for name, mark in self._headers.items():
            values[mark] = _header(headers[name])
        for field, token in FIELDS.items():
            value = message.values[field]
            values[token] = value
            values[self._html[token]] = html.escape(value)
        if not self._may_splice(message, values):
            return None
        filled = {mark.encode(): value.encode() for mark, value in values.items()}
        return b"".join(filled.get(piece, piece) for piece in self._pieces)

    def _may_splice(self, message: Message, values: dict[str, str]) -> bool:
        return (
            self._fits
            and self._subject_is_fixed
            and message.to.isascii()
            and not any(
                len(value) > LONGEST_VALUE or "\n" in value or "\r" in value
                for value in values.values()
            )
        )


def _header(value: str) -> str:
    return value if value.isascii() else Header(value, "utf-8", maxlinelen=990).encode()
