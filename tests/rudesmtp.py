"""An SMTP server on a bare socket that misbehaves on request, at the octet it is told to."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import trustme

AUTHORITY = trustme.CA()
CERTIFICATE = AUTHORITY.issue_cert("localhost", "127.0.0.1")

# Instead of a reply: say nothing any more, close, close with a TCP reset.
HANG, DROP, RESET = "hang", "drop", "reset"

USUAL = {
    "banner": "220 rude.example",
    "RSET": "250 2.0.0 clean",
    "MAIL": "250 2.1.0 sender ok",
    "RCPT": "250 2.1.5 recipient ok",
    "DATA": "354 go on",
    ".": "250 2.0.0 queued",
    "QUIT": "221 2.0.0 bye",
    "STARTTLS": "220 2.0.0 go on",
    "AUTH": "235 2.7.0 welcome",
    "HELO": "250 rude.example",
}


class _Gone(Exception):
    pass


@dataclass
class RudeServer:
    """`answers` holds what is said instead of the usual, by verb or by "verb address"; what is in
    `once` is said one time only. "banner" and "." are verbs; "content" stands for what happens
    instead of reading it."""

    features: tuple[str, ...] = ("PIPELINING", "8BITMIME")
    features_over_tls: tuple[str, ...] | None = None
    answers: dict[str, str] = field(default_factory=dict)
    once: dict[str, str] = field(default_factory=dict)
    seconds_per_octet: float = 0.0
    # The address and the content of what was accepted, in order.
    accepted: list[tuple[str, bytes]] = field(default_factory=list)
    # Everything that came, cut as it came: one item is what one read gave.
    flights: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def addresses(self) -> list[str]:
        return [address for address, _content in self.accepted]

    @contextmanager
    def running(self) -> Iterator["RudeServer"]:
        self._is_stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(0.05)
            self.port = listener.getsockname()[1]
            listening = threading.Thread(target=self._listen, args=(listener,))
            listening.start()
            try:
                yield self
            finally:
                self._is_stopping.set()
                listening.join()
                for thread in self._threads:
                    thread.join()

    def _listen(self, listener: socket.socket) -> None:
        while not self._is_stopping.is_set():
            try:
                peer, _address = listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(peer,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: socket.socket) -> None:
        _Session(self, peer).run()

    def answer(self, verb: str, address: str) -> str:
        for key in (f"{verb} {address}", verb):
            if key in self.once:
                return self.once.pop(key)
            if key in self.answers:
                return self.answers[key]
        return USUAL.get(verb, "500 5.5.1 what?")


class _Session:
    def __init__(self, server: RudeServer, peer: socket.socket) -> None:
        self.server, self.peer = server, peer
        self.received = b""
        self.address, self.is_in_transaction, self.is_over_tls = "", False, False

    def run(self) -> None:
        self.peer.settimeout(0.05)
        try:
            self.say("banner")
            while (verb := self.next_verb()) != "QUIT":
                getattr(self, f"on_{verb.lower()}", lambda verb=verb: self.say(verb))()
            self.say("QUIT")
        except (_Gone, OSError):
            pass
        finally:
            self.peer.close()

    def on_ehlo(self) -> None:
        features = self.server.features
        if self.is_over_tls and self.server.features_over_tls is not None:
            features = self.server.features_over_tls
        lines = ["rude.example", *features]
        usual = "\r\n".join(f"250{' ' if line is lines[-1] else '-'}{line}" for line in lines)
        self.reply(self.server.answers.get("EHLO", usual))

    def on_starttls(self) -> None:
        if self.say("STARTTLS").startswith("220"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            CERTIFICATE.configure_cert(context)
            self.peer.settimeout(2)
            self.peer = context.wrap_socket(self.peer, server_side=True)
            self.peer.settimeout(0.05)
            self.is_over_tls = True

    def on_mail(self) -> None:
        if self.is_in_transaction:
            return self.reply("503 5.5.1 nested MAIL")
        self.address = ""
        self.is_in_transaction = self.say("MAIL").startswith("2")

    def on_rcpt(self) -> None:
        if not self.is_in_transaction:
            return self.reply("503 5.5.1 MAIL first")
        address = self.line.partition("<")[2].rpartition(">")[0]
        if self.say("RCPT", address).startswith("2"):
            self.address = address

    def on_rset(self) -> None:
        self.is_in_transaction = False
        self.say("RSET")

    def on_data(self) -> None:
        is_eager = "DATA" in self.server.answers
        if not self.address and not is_eager:
            return self.reply("554 5.5.1 no valid recipients")
        if not self.say("DATA", self.address).startswith("354"):
            return
        if "content" in self.server.once:
            self.reply(self.server.once.pop("content"))
        content = b""
        while not content.endswith(b"\r\n.\r\n") and content != b".\r\n":
            content += self.read_line()
        self.is_in_transaction = False
        if not self.address:
            return self.reply("554 5.5.1 no valid recipients")
        verdict = self.server.answer(".", self.address)
        if verdict.startswith("2"):
            self.server.accepted.append((self.address, content[:-3]))
        self.reply(verdict)

    def next_verb(self) -> str:
        self.line = self.read_line().decode().strip()
        return self.line.partition(" ")[0].upper()

    def say(self, verb: str, address: str = "") -> str:
        return self.reply(self.server.answer(verb, address))

    def reply(self, text: str) -> str:
        if text == HANG:
            while not self.server._is_stopping.is_set():
                self.receive()
        if text == RESET:
            self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if text in (HANG, DROP, RESET):
            raise _Gone
        octets = f"{text}\r\n".encode()
        if not self.server.seconds_per_octet:
            self.peer.sendall(octets)
        else:
            for number in range(len(octets)):
                time.sleep(self.server.seconds_per_octet)
                self.peer.sendall(octets[number : number + 1])
        if text.startswith("421"):
            raise _Gone
        return text

    def read_line(self) -> bytes:
        while b"\n" not in self.received:
            self.receive()
        line, _end, self.received = self.received.partition(b"\n")
        return line + b"\n"

    def receive(self) -> None:
        try:
            received = self.peer.recv(262_144)
        except TimeoutError:
            if self.server._is_stopping.is_set():
                raise _Gone from None
            return
        if not received:
            raise _Gone
        self.server.flights.append(received)
        self.received += received
