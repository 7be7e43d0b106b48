"""A real SMTP server that keeps every message and delivers none."""

import asyncio
import logging
import re
import secrets
from contextlib import suppress
from email.header import decode_header, make_header
from email.parser import HeaderParser

from aiosmtpd.smtp import SMTP, Envelope, Session

from embedded.mail_faults import Faults, Phase
from embedded.store import Store

# aiosmtpd tells every command and address it sees at INFO.
logging.getLogger("mail.log").setLevel(logging.WARNING)

MAX_BYTES = 40 * 1024 * 1024
END_OF_MESSAGE = b"\r\n.\r\n"
PLAIN_ADDRESS = re.compile(r"<([^<>\s\"@]+@[^<>\s\"@]+)>\s*(.*)")


class Catcher:
    """aiosmtpd's hooks: what is accepted is in the store before the client hears 250."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._faults = Faults()

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, lines: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*lines[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", lines[-1]]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if fault := self._faults.play(address, Phase.RCPT):
            if fault.hangs_up:
                await _hang_up(server, fault.answer)
            return fault.answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        faults = [
            self._faults.play(address, Phase.DATA, Phase.LOST) for address in envelope.rcpt_tos
        ]
        fault = next(filter(None, faults), None)
        if fault and fault.phase is Phase.DATA:
            return fault.answer
        self._keep(envelope)
        if fault:
            await _hang_up(server, fault.answer)
        return f"250 2.0.0 OK: caught as {secrets.token_hex(6)}"

    def _keep(self, envelope: Envelope) -> None:
        raw = envelope.original_content or b""
        head = HeaderParser().parsestr(raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace"))
        self._store.add_mail(
            sender=envelope.mail_from or "",
            recipients=envelope.rcpt_tos,
            message_id=str(head["Message-ID"] or "").strip(),
            subject=_readable(head["Subject"] or ""),
            raw=raw,
        )


def _readable(header: str) -> str:
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", str(header))
    try:
        return str(make_header(decode_header(unfolded)))
    except (LookupError, ValueError):
        return unfolded


async def _hang_up(server: SMTP, answer: str) -> None:
    if answer:
        await server.push(answer)
    assert server.transport
    server.transport.close()
    # Losing the connection cancels the conversation, which is this very task.
    await asyncio.get_running_loop().create_future()


class MailServer:
    """The listening socket and the connections it has open."""

    def __init__(self, store: Store) -> None:
        self._catcher = Catcher(store)
        self._open: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def start(self, *, host: str, port: int) -> int:
        """Listen, and say on which port: 0 asks for a free one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self._catcher, self._open, loop), host, port
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            await asyncio.gather(*(connection.end() for connection in self._open))
            await self._server.wait_closed()


class _Connection(SMTP):
    """One client; a message is read in one piece, a plain address without a parser, for speed."""

    line_length_limit = MAX_BYTES

    def __init__(
        self, catcher: Catcher, siblings: set["_Connection"], loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(
            catcher,
            data_size_limit=MAX_BYTES,
            enable_SMTPUTF8=True,
            hostname="localhost",
            ident="Klartext mail catcher",
            loop=loop,
        )
        self._siblings = siblings

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._siblings.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._siblings.discard(self)
        super().connection_lost(error)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        plain = PLAIN_ADDRESS.fullmatch(arg)
        return (plain[1], plain[2]) if plain else super()._getaddr(arg)

    async def smtp_DATA(self, arg: str) -> None:
        assert self.envelope
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
        elif not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
        else:
            await self._take_message(self.envelope)

    async def _take_message(self, envelope: Envelope) -> None:
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        try:
            envelope.original_content = await self._read_message()
        except asyncio.LimitOverrunError:
            await _hang_up(self, "552 5.3.4 Too much mail data")
        status = await self._call_handler_hook("DATA")
        self.envelope = self._create_envelope()
        await self.push(status)

    async def _read_message(self) -> bytes:
        lines: list[bytes] = []
        # The end can only be searched for from inside a line that is neither empty nor a dot.
        while (first := await self._reader.readexactly(1)) in (b".", b"\r"):
            line = first + await self._reader.readuntil(b"\n")
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line.removeprefix(b"."))
        rest = (await self._reader.readuntil(END_OF_MESSAGE))[: -len(b".\r\n")]
        return b"".join(lines) + first + rest.replace(b"\r\n.", b"\r\n")

    async def end(self) -> None:
        conversation = self._handler_coroutine
        if self.transport:
            self.transport.close()
        if conversation:
            conversation.cancel()
            with suppress(asyncio.CancelledError, ConnectionResetError):
                await conversation
