"""A real SMTP server for tests, on a port of its own choice."""

from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Caught:
    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage


@dataclass
class Catcher:
    """Keeps every message; an answer set for an address is given instead of accepting it."""

    caught: list[Caught] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    raw: list[bytes] = field(default_factory=list)
    connections: int = 0
    hang_up_after_data: bool = False
    pipelines: bool = False
    port: int = 0

    @property
    def messages(self) -> list[EmailMessage]:
        return [caught.message for caught in self.caught]

    @property
    def addresses(self) -> list[str]:
        return [address for caught in self.caught for address in caught.recipients]

    async def handle_EHLO(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        # The last line is what closes the list.
        return ["250-PIPELINING", *responses] if self.pipelines else responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.hang_up_after_data:
            server.transport.abort()
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.raw.append(envelope.content)
        self.caught.append(Caught(envelope.mail_from, tuple(envelope.rcpt_tos), message))
        return "250 OK"


class FreePortController(Controller):
    """Lets the system choose the port, so that two runs never meet."""

    def __init__(self, catcher: Catcher) -> None:
        super().__init__(catcher, hostname="127.0.0.1", port=0)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
