"""What a file of a picture really is, by its bytes and never by its name."""

import struct
import zlib
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

MOST_BYTES = 50_000
MOST_PIXELS = 2_000

_PNG = b"\x89PNG\r\n\x1a\n"
# Segments of a JPEG that say how large it is: all SOF markers (ITU T.81, table B.1).
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


class NoPicture(ValueError):
    """It cannot travel in a mail; the text says why."""


@dataclass(frozen=True)
class Picture:
    kind: str
    width: int
    height: int


def read(data: bytes) -> Picture:
    """:raises NoPicture: too large, cut off, or neither PNG nor JPEG."""
    if len(data) > MOST_BYTES:
        raise NoPicture(
            _("The picture has %(size)s kB; at most 50 kB may travel in every mail.")
            % {"size": -(-len(data) // 1000)}
        )
    try:
        picture = _png(data) if data.startswith(_PNG) else _jpeg(data)
    except (struct.error, IndexError):
        picture = None
    if not picture:
        raise NoPicture(_("This is no whole PNG or JPEG. Export the picture as one of them."))
    if not (0 < picture.width <= MOST_PIXELS and 0 < picture.height <= MOST_PIXELS):
        raise NoPicture(_("The picture is larger than 2000 pixels. Scale it down."))
    return picture


def _png(data: bytes) -> Picture | None:
    """Every part with its checksum, from the header to the end."""
    at, picture = len(_PNG), None
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(kind + body) != checksum:
            return None
        if picture is None:
            if kind != b"IHDR":
                return None
            picture = Picture("png", *struct.unpack_from(">II", body))
        at += 12 + length
        if kind == b"IEND":
            return picture if at == len(data) else None
    return None


def _jpeg(data: bytes) -> Picture | None:
    if not (data.startswith(b"\xff\xd8\xff") and data.endswith(b"\xff\xd9")):
        return None
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return Picture("jpeg", width, height)
        if marker == 0xDA:
            return None
        at += 2 + length
    return None
