"""Pictures made here, so that none lies in the project."""

import struct
import zlib


def png(*, width: int = 8, height: int = 4, padding: int = 0) -> bytes:
    rows = (b"\0" + b"\x1a\x1a\x40" * width) * height
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            _chunk(b"tEXt", b"a\0" + b"x" * padding),
            _chunk(b"IDAT", zlib.compress(rows)),
            _chunk(b"IEND", b""),
        ]
    )


def jpeg(*, width: int = 8, height: int = 4) -> bytes:
    """As far as its header goes; nobody paints it."""
    app = b"\xff\xe0" + struct.pack(">H", 7) + b"JFIF\0"
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 8, 8, height, width, 0)
    return b"\xff\xd8" + app + frame + b"\xff\xda\x00\x02\xff\xd9"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
