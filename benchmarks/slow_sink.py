"""A mail server that lets every reply wait, as a distant one does, and can keep what it takes.

    python -m benchmarks.slow_sink PORT SECONDS [FOLDER]

Replies to what arrived together leave together: a client that pipelines waits once for them all.
"""

import asyncio
import sys
import time
from pathlib import Path

END = b"\r\n.\r\n"
REPLIES = {
    b"EHLO": b"250-slow-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
    b"QUIT": b"221 2.0.0 Bye\r\n",
    b"DATA": b"354 Go on\r\n",
}


class Conversation(asyncio.Protocol):
    def __init__(self, delay: float, keep: Path | None) -> None:
        self.delay, self.keep = delay, keep
        self.buffer = bytearray()
        self.in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._reply(b"220 slow-sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        replies = b""
        while reply := (self._end_of_data() if self.in_data else self._command()):
            replies += reply
        if replies:
            self._reply(replies)

    def _command(self) -> bytes:
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return b""
        verb = bytes(self.buffer[:4]).upper()
        del self.buffer[: end + 2]
        self.in_data = verb == b"DATA"
        return REPLIES.get(verb, b"250 2.1.0 Ok\r\n")

    def _end_of_data(self) -> bytes:
        end = self.buffer.find(END)
        if end < 0:
            return b""
        if self.keep:
            path = self.keep / f"{time.monotonic_ns()}"
            path.write_bytes(self.buffer[: end + 2])
        del self.buffer[: end + len(END)]
        self.in_data = False
        return b"250 2.0.0 Ok\r\n"

    def _reply(self, replies: bytes) -> None:
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self._write, replies)
        else:
            self._write(replies)

    def _write(self, replies: bytes) -> None:
        self.transport.write(replies)
        if replies.endswith(REPLIES[b"QUIT"]):
            self.transport.close()


async def serve(port: int, delay: float, keep: Path | None) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Conversation(delay, keep), "127.0.0.1", port, backlog=512
    )
    await server.serve_forever()


if __name__ == "__main__":
    _program, port, delay, *folder = sys.argv
    asyncio.run(serve(int(port), float(delay), Path(folder[0]) if folder else None))
