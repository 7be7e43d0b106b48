"""E-mail to an SMTP server, over lines that are kept and filled as far as the server allows."""

import smtplib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email.utils import parseaddr
from typing import cast

from django.conf import settings
from django.core.mail.backends import smtp
from django.core.mail.message import sanitize_address

from messaging.channels import (
    DeliveryFailure,
    Message,
    Outcome,
    SenderFault,
)
from messaging.channels.smtp_letters import Letter, prepare
from messaging.channels.smtp_line import Line, Lost
from messaging.channels.smtp_replies import of_connecting

# Until another line is tried where the last ones did not work; doubled each time.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0


class Backend(smtp.EmailBackend):
    """Django's, with its settings; mail that is no delivery goes by it as it is."""

    def line(self) -> Line:
        """Connect, and hand the connection to the caller.

        :raises DeliveryFailure: the server is not to be had, or not with these settings.
        """
        sender = parseaddr(sanitize_address(settings.DEFAULT_FROM_EMAIL, "utf-8"))[1]
        try:
            self.open()
            connection = cast(smtplib.SMTP, self.connection)
            connection.ehlo_or_helo_if_needed()
            line = Line(connection, sender=sender, timeout=self.timeout)
        except (smtplib.SMTPException, OSError) as error:
            with suppress(smtplib.SMTPException, OSError):
                self.close()
            raise of_connecting(error) from error
        self.connection = None
        return line


class SmtpConnection:
    """Keeps a line as long as it serves, and gets another when it does not."""

    def __init__(self) -> None:
        self._backend = Backend()
        self._line: Line | None = None
        self._pause = 0.0

    def send(self, messages: Sequence[Message]) -> Iterator[Outcome | None]:
        try:
            yield from self._outcomes(map(prepare, messages))
        except BaseException:
            # Nobody knows how far the line has come.
            self._drop()
            raise

    def close(self) -> None:
        if self._line:
            self._line.close()

    def _outcomes(self, letters: Iterator[Letter | DeliveryFailure]) -> Iterator[Outcome | None]:
        unreachable: DeliveryFailure | None = None
        letter, following = next(letters, None), next(letters, None)
        while letter:
            outcome: Outcome | None
            if isinstance(letter, DeliveryFailure):
                outcome = letter
            elif letter.message.is_recalled:
                self._forgo(letter)
                outcome = None
            elif unreachable:
                outcome = unreachable
            else:
                try:
                    outcome = self._send(letter, following)
                except _Unreachable as error:
                    outcome = unreachable = error.failure
            if isinstance(outcome, SenderFault):
                self._drop()
                yield outcome
                return
            yield outcome
            letter, following = following, next(letters, None)

    def _send(self, letter: Letter, following: Letter | DeliveryFailure | None) -> Outcome | None:
        while True:
            line = self._reach()
            was_proven = line.is_proven
            upcoming = following if isinstance(following, Letter) else None
            try:
                outcome: Outcome | None = line.offer(letter)
                # The server may have taken its time.
                if letter.message.is_recalled:
                    self._drop()
                    return None
                outcome = outcome or line.hand_over(letter, upcoming)
            except Lost as lost:
                self._drop()
                if not was_proven:
                    self._wait_longer()
                if not (was_proven and lost.may_repeat):
                    return lost.failure
            else:
                self._pause = 0.0
                return outcome

    def _forgo(self, letter: Letter) -> None:
        # An envelope that has left already cannot be ended without content.
        if self._line and self._line.awaits(letter):
            self._drop()

    def _reach(self) -> Line:
        if self._line is None:
            time.sleep(self._pause)
            try:
                self._line = self._backend.line()
            except DeliveryFailure as failure:
                self._wait_longer()
                raise _Unreachable(failure) from failure
        return self._line

    def _wait_longer(self) -> None:
        self._pause = min(2 * self._pause or FIRST_PAUSE, LONGEST_PAUSE)

    def _drop(self) -> None:
        if self._line:
            self._line.abandon()
            self._line = None


class SmtpChannel:
    marks_each = False
    batch_size = 8

    @contextmanager
    def open(self) -> Iterator[SmtpConnection]:
        connection = SmtpConnection()
        try:
            yield connection
        finally:
            connection.close()


class _Unreachable(Exception):
    """No line to the server: what is left of the parcel shares this fate."""

    def __init__(self, failure: DeliveryFailure) -> None:
        super().__init__(str(failure))
        self.failure = failure
