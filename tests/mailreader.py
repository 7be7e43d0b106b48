"""A second reader of mails, which knows nothing of the standard library's: RFC 2045, 2046, 2047."""

import base64
import quopri
import re
from dataclasses import dataclass, field

_WORD = re.compile(rb"=\?utf-8\?([qb])\?([^?]*)\?=", re.IGNORECASE)


@dataclass
class Part:
    headers: dict[str, str]
    body: bytes
    parts: list["Part"] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.headers["content-type"].partition(";")[0].strip().lower()

    def leaves(self) -> list["Part"]:
        return [leaf for part in self.parts for leaf in part.leaves()] or [self]


def read(raw: bytes) -> Part:
    head, gap, body = raw.partition(b"\r\n\r\n")
    assert gap, "A part has headers and a body."
    lines = re.sub(rb"\r\n[ \t]", b" ", head).split(b"\r\n")
    pairs = [line.split(b":", 1) for line in lines]
    headers = {name.decode().lower(): _unfolded(value) for name, value in pairs}
    assert len(headers) == len(pairs), "No header comes twice."
    if boundary := re.search(r'multipart/.*boundary="?([^";]+)', headers["content-type"]):
        return Part(headers, b"", [read(one) for one in _between(body, boundary[1].encode())])
    return Part(headers, _decoded(body, headers.get("content-transfer-encoding", "7bit")))


def _between(body: bytes, boundary: bytes) -> list[bytes]:
    """What stands between the lines of a boundary; its last line says that it is the last."""
    pieces = re.split(rb"(?:^|\r\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r\n|$)", body)
    assert pieces[-2] == b"--", "The parts come to an end."
    assert not pieces[0] + pieces[-1], "Nothing stands outside of the parts."
    return pieces[2:-2:2]


def _decoded(body: bytes, encoding: str) -> bytes:
    match encoding.strip().lower():
        case "base64":
            return base64.b64decode(body)
        case "quoted-printable":
            return quopri.decodestring(body)
    assert encoding in {"7bit", "8bit"}
    return body


def _unfolded(value: bytes) -> str:
    joined = re.sub(rb"\?=\s+=\?", b"?==?", value.strip())
    return _WORD.sub(_word, joined).decode()


def _word(found: re.Match[bytes]) -> bytes:
    if found[1].lower() == b"b":
        return base64.b64decode(found[2])
    return quopri.decodestring(found[2].replace(b"_", b" "))
