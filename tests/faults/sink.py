"""A mail server that writes down every message before it accepts it, and misbehaves to order.

python -m tests.faults.sink FOLDER PORT
"""

import asyncio
import re
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.faults.journal import ACCEPTED, Journal
from tests.faults.orders import Ordered

REFRESH_SECONDS = 0.05
_ADDRESS = re.compile(rb"<([^>]*)>")
# The number of the delivery stands before the @, after the broadcast's key.
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<[^.>]*\.(\d+)@", re.IGNORECASE | re.MULTILINE)


class Server:
    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder / "mails")
        self.orders = Ordered(folder / "mails.json")
        self.tried: set[str] = set()


class Session(asyncio.Protocol):
    """One connection. Commands may come pipelined; their answers go out in flights."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.buffer = b""
        self.recipient = ""
        self.in_data = self.is_over = self.is_slow = False
        # Answers leave in their order, however long each flight takes.
        self.leaves_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._act("connect", "220 sink ESMTP")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        for answer in self._answers():
            self._say(answer)

    def _answers(self) -> Iterator[str]:
        while not self.is_over:
            if self.in_data:
                end = 0 if self.buffer.startswith(b".\r\n") else self.buffer.find(b"\r\n.\r\n")
                if end < 0:
                    return
                message, self.buffer = self.buffer[:end], self.buffer[end + 5 if end else 3 :]
                self.in_data = False
                self._receive(message)
            else:
                line, found, rest = self.buffer.partition(b"\r\n")
                if not found:
                    return
                self.buffer = rest
                yield from self._command(line)

    def _command(self, line: bytes) -> Iterator[str]:
        match line[:4].upper():
            case b"EHLO" | b"HELO":
                yield "250-sink\r\n250-PIPELINING\r\n250 8BITMIME"
            case b"MAIL":
                self.recipient = ""
                self._act("mail", "250 OK")
            case b"RCPT":
                self._address(line)
            case b"DATA":
                self.in_data = bool(self.recipient)
                yield "354 go on" if self.in_data else "554 no valid recipients"
            case b"QUIT":
                yield "221 bye"
                self.is_over = True
                self._later(self.transport.close)
            case b"RSET" | b"NOOP":
                self.recipient = ""
                yield "250 OK"
            case _:
                yield "500 what?"

    def _address(self, line: bytes) -> None:
        found = _ADDRESS.search(line)
        address = found.group(1).decode() if found else ""
        if self.server.orders.now.greylist and address not in self.server.tried:
            self.server.tried.add(address)
            self.server.journal.write("450 greylisted", recipient=address)
            self._say("450 4.2.0 greylisted")
            return
        if self._act("rcpt", "250 OK", recipient=address):
            self.recipient = address

    def _receive(self, message: bytes) -> None:
        found = _MESSAGE_ID.search(message)
        id_ = int(found.group(1)) if found else 0
        self._act("dot", "250 taken", recipient=self.recipient, id=id_, body=message)

    def _act(
        self, phase: str, answer: str, *, recipient: str = "", id: int = 0, body: bytes = b""
    ) -> bool:
        """Do the right thing, or what the orders say; whether the client's wish came true."""
        deed = self.server.orders.draw(phase)
        if deed:
            self.server.journal.write(f"{phase} {deed}", recipient=recipient, id=id)
        if phase == "dot" and deed in ("", "drop", "stall"):
            self.server.journal.write(ACCEPTED, recipient=recipient, id=id, body=body)
        if deed[:1].isdigit():
            self._say(deed)
            if deed.startswith("421"):
                self.is_over = True
                self._later(self.transport.close)
            return False
        if deed in ("reset", "drop"):
            self._reset()
        elif deed == "silence":
            self.is_over = True
        else:
            self.is_slow = deed == "stall"
            self._say(answer)
        return deed in ("", "stall")

    def _say(self, answer: str) -> None:
        self._later(self._write, f"{answer}\r\n".encode())

    def _write(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)

    def _later(self, work: object, *args: object) -> None:
        loop, orders = asyncio.get_running_loop(), self.server.orders.now
        wait = orders.delay + (orders.stall if self.is_slow else 0)
        self.is_slow = False
        self.leaves_at = max(loop.time() + wait, self.leaves_at)
        if wait or self.leaves_at > loop.time():
            loop.call_at(self.leaves_at, work, *args)
        else:
            work(*args)

    def _reset(self) -> None:
        self.is_over = True
        line = self.transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


async def serve(folder: Path, port: int) -> None:
    server = Server(folder)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Session(server), "127.0.0.1", port, backlog=500)
    async with listening:
        while True:
            server.orders.refresh()
            await asyncio.sleep(REFRESH_SECONDS)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
