"""Reads SMTP replies off a socket, one at a time, however they arrive."""

import math
import socket
import time

Reply = tuple[int, bytes]

# Far beyond any honest reply; RFC 5321 §4.5.3.1.5 allows 512 octets a line.
_LONGEST_REPLY = 65_536


class Reader:
    """`seconds` is how long a whole reply may take: a server that speaks octet by octet would
    outwit the time-out of the socket."""

    def __init__(self, source: socket.socket, *, seconds: float | None) -> None:
        self._source = source
        self.seconds = math.inf if seconds is None else seconds
        self._received = b""

    def reply(self) -> Reply:
        """The code, and the words of all lines.

        :raises OSError: there is no reply, not in time, or what comes is none.
        """
        until = time.monotonic() + self.seconds
        line = self._line(until)
        words = line[4:]
        while line[3:4] == b"-":
            line = self._line(until)
            words += line[4:]
            if len(words) > _LONGEST_REPLY:
                raise ConnectionError("The server does not come to the end of its reply")
        if not line[:3].isdigit():
            raise ConnectionError("What the server said is no SMTP reply")
        return int(line[:3]), words

    def _line(self, until: float) -> bytes:
        while True:
            line, end, rest = self._received.partition(b"\n")
            if end:
                self._received = rest
                return line
            if len(line) > _LONGEST_REPLY:
                raise ConnectionError("The server does not come to the end of its line")
            if time.monotonic() > until:
                raise TimeoutError("The server does not come to the end of its line in time")
            received = self._source.recv(4096)
            if not received:
                raise ConnectionError("The server hung up")
            self._received += received
