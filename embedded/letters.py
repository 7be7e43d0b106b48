"""A caught message taken apart, for reading."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.parser import HeaderParser


@dataclass(frozen=True)
class Attachment:
    number: int
    name: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """The parts of a message that a mail program shows; `text` and `html` may be empty."""

    headers: Sequence[tuple[str, str]]
    sender: str
    to: str
    text: str
    html: str
    attachments: Sequence[Attachment]


def opened(raw: bytes) -> Letter:
    """Read a message; what cannot be read is shown as far as it can."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    # Headers may be bare UTF-8 (RFC 6532), which the parser of bytes does not decode.
    head = HeaderParser(policy=policy.default).parsestr(
        raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    )
    return Letter(
        headers=[(name, str(value)) for name, value in head.items()],
        sender=str(head["From"] or ""),
        to=str(head["To"] or ""),
        text=_body(message, "plain"),
        html=_with_pictures(_body(message, "html"), message),
        attachments=[
            Attachment(number, part.get_filename() or "", part.get_content_type(), _bytes(part))
            for number, part in enumerate(message.iter_attachments())
        ],
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    charset = str(part.get_content_charset("utf-8"))
    try:
        return _bytes(part).decode(charset, "replace")
    except LookupError:
        return _bytes(part).decode("utf-8", "replace")


def _with_pictures(html: str, message: EmailMessage) -> str:
    """Pictures that travel inside, in their places (RFC 2392)."""
    for part in message.walk():
        name = str(part["Content-ID"] or "").strip("<> ")
        if name and part.get_content_maintype() == "image":
            content = b64encode(_bytes(part)).decode()
            html = html.replace(f"cid:{name}", f"data:{part.get_content_type()};base64,{content}")
    return html


def _bytes(part: MIMEPart) -> bytes:
    if part.is_multipart():
        return part.as_bytes()
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
