"""MIME made once per content: per recipient only the differing bytes are joined in.

Composing is the cost of sending, not rendering: Django needs most of a millisecond per message for
headers and encodings that are the same for everyone.
"""

import base64
import binascii
import hashlib
import re
import time
from email.header import Header
from email.message import Message as MimeMessage
from email.utils import formatdate, make_msgid
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import forbid_multi_line_headers
from django.core.mail.utils import DNS_NAME

from messaging.channels import Content, Inline, Message
from messaging.merging import FIELDS, in_html

# RFC 5322 §2.1.1: octets of a line, without its end.
LONGEST_LINE = 998
# Of a header; there is a name before it.
LONGEST_VALUE = 900
# Contents a process keeps ready; those of sixteen broadcasts in two languages and details.
_KEPT = 64

_TO, _DATE, _SUBJECT, _ID = "to@xmimex.invalid", "xMIMEdatex", "xMIMEsubjectx", "xMIMEidx"
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_BREAK = re.compile("[\r\n\0]")
_SPECIAL = re.compile("[&<>\"']")
_TOKENS = re.compile("|".join(map(re.escape, FIELDS.values())))
_PART = (
    "--{boundary}\r\n"
    'Content-Type: text/{kind}; charset="utf-8"\r\n'
    "Content-Transfer-Encoding: {encoding}\r\n\r\n"
)
# The HTML and the picture it shows (RFC 2387), inside the alternatives.
_RELATED = (
    '--{boundary}\r\nContent-Type: multipart/related; type="text/html"; boundary="{inner}"\r\n\r\n'
)
_PICTURE = (
    "--{inner}\r\n"
    "Content-Type: image/{kind}\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "Content-ID: <{cid}>\r\n"
    'Content-Disposition: inline; filename="logo.{kind}"\r\n\r\n'
)


class Notice(EmailMultiAlternatives):
    """Keeps every header on one line: simple parsers read the unsubscribe link (RFC 8058)."""

    def message(self, **kwargs: Any) -> Any:
        message: MimeMessage[str, str] = super().message(**kwargs)
        message.policy = message.policy.clone(max_line_length=990)
        return message


def compose(message: Message) -> bytes:
    """The whole message as it travels, but for its dots.

    :raises ValueError: a header's value would begin another header, or cannot be encoded.
    """
    return skeleton(message.content, tuple(message.headers)).fill(message)


def compose_7bit(message: Message) -> bytes:
    """The same for a server that takes ASCII only (no 8BITMIME, RFC 6152)."""
    return skeleton(message.content, tuple(message.headers)).fill_part_by_part(message, "7bit")


@lru_cache(maxsize=_KEPT)
def skeleton(content: Content, names: tuple[str, ...]) -> "Skeleton":
    return Skeleton(content, names)


class Skeleton:
    """One content's MIME, open at the places where recipients differ.

    Django writes the headers, whose values are the same for everybody; `names` are those of each
    recipient's own.
    """

    def __init__(self, content: Content, names: tuple[str, ...]) -> None:
        self._names = names
        self._has_own_subject = _TOKENS.search(content.subject) is not None
        self._has_id = "message-id" in map(str.lower, (*names, *content.headers))
        self._fields = [field for field, token in FIELDS.items() if _is_in(token, content)]
        self._write_headers(content)
        self._inner, self._picture = _related(content.picture) if content.picture else ("", b"")
        self._lay_out(content)

    def _write_headers(self, content: Content) -> None:
        marks = {name: f"xMIME{number}x" for number, name in enumerate(self._names)}
        headers = {"Date": _DATE, **content.headers, **marks}
        if not self._has_id:
            headers["Message-ID"] = _ID
        made = Notice(
            _SUBJECT if self._has_own_subject else content.subject, to=[_TO], headers=headers
        )
        made.attach_alternative("", "text/html")
        whole = made.message()
        head: str = whole.as_bytes(linesep="\r\n").decode().partition("\r\n\r\n")[0]
        self._boundary = whole.get_boundary()
        marked = [_TO, _DATE, _SUBJECT, _ID, *marks.values()]
        self._head = re.split(f"({'|'.join(map(re.escape, marked))})", head + "\r\n\r\n")
        self._places = {mark: number for number, mark in enumerate(marked)}

    def _lay_out(self, content: Content) -> None:
        """The message in one row: what is fixed, and between it which value comes there."""
        text, source = _wired(content.text), _wired(content.html)
        first = len(self._places)
        plain = {FIELDS[name]: first + n for n, name in enumerate(self._fields)}
        escaped = {token: place + len(self._fields) for token, place in plain.items()}
        fixed, places = self._head[::2], [self._places[mark] for mark in self._head[1::2]]
        for kind, body, where in (("plain", text, plain), ("html", source, escaped)):
            fixed[-1] += self._opening(kind, "8bit")
            begun, *others = _TOKENS.split(body)
            fixed[-1] += begun
            fixed += others
            places += [where[token] for token in _TOKENS.findall(body)]
            fixed[-1] += "\r\n"
        self._row: list[bytes] = [b""] * (2 * len(fixed) - 1)
        self._row[::2] = [piece.encode() for piece in fixed]
        self._row += self._end()
        self._row_places = places
        self._room = min(map(_room, (f"{text}\r\n{source}").split("\r\n")))

    def fill(self, message: Message) -> bytes:
        """The whole message for one recipient.

        :raises ValueError: a header's value would begin another header, or cannot be encoded.
        """
        values, headers = message.values, message.headers
        own = [headers[name] for name in self._names]
        fields = [values[field] for field in self._fields]
        heads, bodies = "".join(own), "".join([message.to, *fields])
        escaped = fields
        if _SPECIAL.search(bodies) or "://" in values["support"]:
            escaped = list(map(in_html, self._fields, fields))
        if (
            self._has_own_subject
            or not (heads.isascii() and heads.isprintable() and bodies.isprintable())
            or max(map(len, own), default=0) > LONGEST_VALUE
            or max(map(len, escaped), default=0) * (1 if bodies.isascii() else 4) > self._room
        ):
            return self.fill_part_by_part(message, "8bit")
        made_id = "" if self._has_id else make_msgid(domain=str(DNS_NAME))
        found = [message.to, _date(int(time.time())), "", made_id, *own, *fields, *escaped]
        filled = [value.encode() for value in found]
        row = self._row.copy()
        row[1 : 2 * len(self._row_places) : 2] = [filled[place] for place in self._row_places]
        return b"".join(row)

    def fill_part_by_part(self, message: Message, encoding: str) -> bytes:
        """With every value encoded as it needs, and each part by its longest line.

        :raises ValueError: a header's value would begin another header, or cannot be encoded.
        """
        if _BREAK.search(message.to):
            raise ValueError("The address would begin another header.")
        made_id = "" if self._has_id else make_msgid(domain=str(DNS_NAME))
        subject = _header("Subject", message.subject) if self._has_own_subject else ""
        own = [_header(name, message.headers[name]) for name in self._names]
        found = [message.to, _date(int(time.time())), subject, made_id, *own]
        head = self._head.copy()
        head[1::2] = [found[self._places[mark]] for mark in self._head[1::2]]
        parts = [("plain", message.text), ("html", message.html)]
        bodies = [self._part(kind, body, encoding) for kind, body in parts]
        return b"".join([*(piece.encode() for piece in head), *bodies, *self._end()])

    def _part(self, kind: str, body: str, encoding: str) -> bytes:
        wired = _wired(body).encode()
        is_long = max(map(len, wired.split(b"\r\n"))) > LONGEST_LINE
        if is_long or b"\0" in wired or (encoding == "7bit" and not wired.isascii()):
            encoding = "quoted-printable"
            soft = binascii.b2a_qp(wired.replace(b"\r\n", b"\n"), istext=True)
            wired = soft.replace(b"\n", b"\r\n")
        return self._opening(kind, encoding).encode() + wired + b"\r\n"

    def _opening(self, kind: str, encoding: str) -> str:
        if not (kind == "html" and self._picture):
            return _PART.format(boundary=self._boundary, kind=kind, encoding=encoding)
        return _RELATED.format(boundary=self._boundary, inner=self._inner) + _PART.format(
            boundary=self._inner, kind=kind, encoding=encoding
        )

    def _end(self) -> list[bytes]:
        return [self._picture, f"--{self._boundary}--\r\n".encode()]


@lru_cache(maxsize=4)
def _related(picture: Inline) -> tuple[str, bytes]:
    """The boundary around a picture, and all of the mail from it on: shared by all that have it."""
    # "=_" never is in a quoted-printable text (RFC 2045 §6.7).
    inner = f"=_related_{hashlib.sha256(picture.data).hexdigest()[:24]}"
    head = _PICTURE.format(inner=inner, kind=picture.kind, cid=picture.cid).encode()
    wired = base64.encodebytes(picture.data).replace(b"\n", b"\r\n")
    return inner, b"".join([head, wired, f"--{inner}--\r\n".encode()])


def _is_in(token: str, content: Content) -> bool:
    return token in content.text or token in content.html


def _wired(text: str) -> str:
    return _LINE_ENDS.sub("\r\n", text)


def _room(line: str) -> int:
    """How many octets each value of this line may have."""
    tokens = len(_TOKENS.findall(line))
    return (LONGEST_LINE - len(_TOKENS.sub("", line).encode())) // (tokens or 1)


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, localtime=settings.EMAIL_USE_LOCALTIME)


def _header(name: str, value: str) -> str:
    """:raises ValueError: it would begin another header."""
    if "\0" in value:
        raise ValueError(f"The header {name} may not contain a null character.")
    encoded: str = forbid_multi_line_headers(name, value, "utf-8")[1]
    if len(encoded) > LONGEST_VALUE:
        encoded = Header(encoded, maxlinelen=LONGEST_VALUE, header_name=name).encode()
    return _wired(encoded)
