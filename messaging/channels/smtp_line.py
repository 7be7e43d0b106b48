"""One open connection to an SMTP server: what is written in one go, and whose every answer is.

Where the server offers PIPELINING (RFC 2920), an envelope is one flight, and the envelope of the
next message leaves together with the content of the one before it: a message costs one flight.
"""

import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

from messaging.channels import (
    Accepted,
    DeliveryFailure,
    Outcome,
    PermanentFailure,
    TemporaryFailure,
    UnknownOutcome,
)
from messaging.channels.smtp_letters import Letter
from messaging.channels.smtp_reader import Reader, Reply
from messaging.channels.smtp_replies import of_message, of_recipient, of_sender

# How long a server may take to say goodbye.
_QUIT_SECONDS = 1.0
_DOT = b".\r\n"

# MAIL, RCPT, DATA: the kind of reply that lets it go on, and what any other means.
_STEPS: tuple[tuple[int, Callable[[int, str], DeliveryFailure]], ...] = (
    (2, of_sender),
    (2, of_recipient),
    (3, of_message),
)


class Lost(Exception):
    """The line is of no more use.

    `failure` is what that means for the message. Where it `may_repeat`, nothing of the message was
    handed over and nothing was said about it: another line may try at once.
    """

    def __init__(self, failure: DeliveryFailure, *, may_repeat: bool) -> None:
        super().__init__(str(failure))
        self.failure, self.may_repeat = failure, may_repeat


class Line:
    """Offer a letter; when it is welcome, hand it over. Anything lost is raised as `Lost`."""

    def __init__(self, smtp: smtplib.SMTP, *, sender: str, timeout: float | None) -> None:
        if smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("The connection is closed.")
        self._smtp, self._sock = smtp, smtp.sock
        # What is written is complete: the system need not wait for more.
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = Reader(smtp.sock, seconds=timeout)
        self._sender = sender
        # What the server said in its latest EHLO, which is the one after STARTTLS.
        self._pipelines = smtp.has_extn("pipelining")
        self._takes_8bit = smtp.has_extn("8bitmime")
        self._takes_utf8 = smtp.has_extn("smtputf8")
        # Answers still to come to what ended a refused envelope.
        self._owed = 0
        # The letter whose envelope has left already.
        self._ahead: Letter | None = None
        # Whether it has served a message: only such a line is worth another in its place.
        self.is_proven = False

    def offer(self, letter: Letter) -> DeliveryFailure | None:
        """Ask whether the server takes a message for this address; None is a yes."""
        if letter.needs_utf8 and not self._takes_utf8:
            return PermanentFailure("smtputf8", "The server takes only ASCII before the @")
        try:
            answers = self._answers(letter)
            refusal = _refusal(answers)
        except OSError as error:
            # A server that is slow would be no quicker on another line.
            is_slow = isinstance(error, TimeoutError)
            failure = TemporaryFailure(*_about(error))
            raise Lost(failure, may_repeat=not is_slow) from error
        if refusal:
            self._withdraw(answers, refusal)
            self.is_proven = True
        return refusal

    def hand_over(self, letter: Letter, following: Letter | None) -> Outcome:
        """Write the content of what was offered, and read what became of it."""
        content = flight = letter.wired(takes_8bit=self._takes_8bit)
        if following and self._pipelines and not following.needs_utf8:
            flight = b"".join((content, *self._envelope(following)))
            self._ahead = following
        left = 0
        try:
            while left < len(flight):
                left += self._sock.send(flight[left:] if left else flight)
            code, words = self._reader.reply()
        except OSError as error:
            # How much a TLS socket had written when it failed cannot be known.
            is_whole = left >= len(content) or isinstance(self._sock, ssl.SSLSocket)
            kind = UnknownOutcome if is_whole else TemporaryFailure
            raise Lost(kind(*_about(error)), may_repeat=False) from error
        self.is_proven = True
        return Accepted() if code // 100 == 2 else _verdict(code, words)

    def awaits(self, letter: Letter) -> bool:
        """Whether its envelope has left already."""
        return self._ahead is letter

    def close(self) -> None:
        """Take leave, where the server still listens."""
        with suppress(OSError):
            self._sock.settimeout(_QUIT_SECONDS)
            self._reader.seconds = _QUIT_SECONDS
            self._sock.sendall(b"QUIT\r\n")
            self._read_owed()
            self._reader.reply()
        self.abandon()

    def abandon(self) -> None:
        self._smtp.close()

    def _envelope(self, letter: Letter) -> tuple[bytes, bytes, bytes]:
        body = " BODY=8BITMIME" if self._takes_8bit else ""
        utf8 = " SMTPUTF8" if letter.needs_utf8 else ""
        return (
            f"MAIL FROM:<{self._sender}>{body}{utf8}\r\n".encode(),
            f"RCPT TO:<{letter.to}>\r\n".encode(),
            b"DATA\r\n",
        )

    def _answers(self, letter: Letter) -> list[Reply]:
        """What is said to MAIL, RCPT and DATA; without pipelining nothing is asked in vain."""
        commands = self._envelope(letter)
        if self._pipelines and self._ahead is not letter:
            self._sock.sendall(b"".join(commands))
        self._ahead = None
        self._read_owed()
        answers: list[Reply] = []
        for command, (wanted, _meaning) in zip(commands, _STEPS, strict=True):
            if not self._pipelines:
                self._sock.sendall(command)
            answers.append(self._reader.reply())
            code = answers[-1][0]
            if code == 421 or (code // 100 != wanted and not self._pipelines):
                break
        return answers

    def _withdraw(self, answers: list[Reply], refusal: DeliveryFailure) -> None:
        """End the refused envelope, so that the next message finds a clean line."""
        is_waiting = answers[-1][0] == 354
        if is_waiting and answers[1][0] < 400:
            # It would take an empty message for the recipient.
            raise Lost(refusal, may_repeat=False)
        try:
            # RFC 2920 §3.1: a server that waits for content nobody may get is given none.
            self._sock.sendall(_DOT if is_waiting else b"RSET\r\n")
            self._owed += 1
        except OSError as error:
            raise Lost(refusal, may_repeat=False) from error

    def _read_owed(self) -> None:
        while self._owed:
            self._reader.reply()
            self._owed -= 1


def _refusal(answers: list[Reply]) -> DeliveryFailure | None:
    """What the first answer that stops the envelope means.

    :raises Lost: the server ended the line with it.
    """
    for (code, words), (wanted, meaning) in zip(answers, _STEPS, strict=False):
        if code // 100 != wanted:
            if code // 100 not in (4, 5):
                raise ConnectionError(f"The server is out of step: {code}")
            refusal = meaning(code, _text(words))
            if code == 421:
                raise Lost(refusal, may_repeat=meaning is of_sender)
            return refusal
    return None


def _verdict(code: int, words: bytes) -> DeliveryFailure:
    """:raises Lost: the server ended the line with it."""
    if code // 100 not in (4, 5):
        out_of_step = UnknownOutcome(code, f"The server is out of step: {_text(words)}")
        raise Lost(out_of_step, may_repeat=False)
    verdict = of_message(code, _text(words))
    if code == 421:
        raise Lost(verdict, may_repeat=False)
    return verdict


def _text(words: bytes) -> str:
    return words.decode(errors="replace").strip()


def _about(error: OSError) -> tuple[str, str]:
    return type(error).__name__, str(error)
