import re
import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from anymail.exceptions import AnymailError, AnymailRecipientsRefused, AnymailRequestsAPIError
from django.core import mail
from django.core.mail import EmailMessage

from messaging.channels import (
    Accepted,
    Content,
    DeadAddress,
    DeliveryFailure,
    Message,
    Outcome,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
    UnknownOutcome,
    mime,
    smtp,
)
from messaging.channels.http import never_left

_ENHANCED = re.compile(r"5\.(\d{1,3})\.(\d{1,3})\b")


class _Spliced(EmailMessage):
    """Hands finished bytes to Django's backend, which then has nothing left to compose."""

    def __init__(self, to: str, mime: bytes) -> None:
        super().__init__(to=[to])
        self._mime = mime

    def message(self, **kwargs: Any) -> Any:
        return self

    def as_bytes(self, **kwargs: Any) -> bytes:
        return self._mime


class EmailConnection:
    """One message per call over a kept connection, so that each outcome is its own."""

    def __init__(self, backend: Any) -> None:
        self.backend = backend
        # Providers take the parts; only SMTP takes bytes.
        self.takes_bytes = isinstance(backend, smtp.Backend)
        self._skeletons: dict[Content, mime.Skeleton] = {}

    def send(self, messages: Sequence[Message]) -> Iterator[Outcome | None]:
        for message in messages:
            if message.is_recalled:
                yield None
                continue
            try:
                yield Accepted(self._send_one(message))
            except DeliveryFailure as failure:
                yield failure
                if isinstance(failure, SenderFault):
                    return

    def _send_one(self, message: Message) -> str:
        notice = self._spliced(message) or mime.notice(message)
        try:
            self.backend.open()
            self.backend.send_messages([notice])
        except ValueError as error:  # Django refuses the address or a header
            raise PermanentFailure("malformed", str(error)) from error
        except AnymailError as error:  # first: some of these are OSErrors as well
            raise _provider_failure(error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise self._smtp_failure(error) from error
        message_id = getattr(getattr(notice, "anymail_status", None), "message_id", None)
        return "" if message_id is None else str(message_id)

    def _spliced(self, message: Message) -> _Spliced | None:
        if not self.takes_bytes:
            return None
        skeleton = self._skeletons.get(message.content)
        if skeleton is None:
            skeleton = mime.Skeleton(message.content, tuple(message.all_headers))
            self._skeletons[message.content] = skeleton
        filled = skeleton.fill(message)
        return _Spliced(message.to, filled) if filled else None

    def _smtp_failure(self, error: Exception) -> DeliveryFailure:
        handed_over = getattr(self.backend, "handed_over", False)
        failure = classify_smtp(error, handed_over=handed_over)
        if not isinstance(error, smtplib.SMTPRecipientsRefused) or failure.code.startswith("421"):
            self._drop()
        return failure

    def _drop(self) -> None:
        # The line is in an unknown state; closing it politely may fail, a new one is opened later.
        connection, self.backend.connection = getattr(self.backend, "connection", None), None
        if connection is not None:
            connection.close()


class EmailChannel:
    marks_each = False
    batch_size = 8

    @contextmanager
    def open(self) -> Iterator[EmailConnection]:
        connection = EmailConnection(mail.get_connection())
        try:
            yield connection
        finally:
            connection.backend.close()


def classify_smtp(error: Exception, *, handed_over: bool) -> DeliveryFailure:
    """Reply codes of RFC 5321 §4.2.1 and enhanced codes of RFC 3463, in our few words."""
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refused) if refused:
            code, text = next(iter(refused.values()))
            return _of_recipient(code, _words(text))
        case smtplib.SMTPDataError(smtp_code=code, smtp_error=text):
            return _of_message(code, _words(text))
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=text) if code > 0:
            # Greeting, log-in or MAIL FROM: it is about us, whoever the recipient is.
            kind = TemporaryFailure if code < 500 and code != 435 else SenderFault
            return kind(code, _words(text))
    if handed_over:
        return UnknownOutcome(type(error).__name__, str(error))
    return TemporaryFailure(type(error).__name__, str(error))


def _of_recipient(code: int, words: str) -> DeliveryFailure:
    """An answer to RCPT TO: usually about this address, by enhanced code where there is one."""
    subject, detail = _enhanced(words)
    is_about_the_address = subject == 1 and detail not in (7, 8)
    if code >= 500 and (is_about_the_address or (code in (550, 551, 553) and subject is None)):
        return DeadAddress(code, words)
    return _of_message(code, words)


def _of_message(code: int, words: str) -> DeliveryFailure:
    if code < 500:
        return TemporaryFailure(code, words)
    subject, detail = _enhanced(words)
    # 5.1.7 and 5.1.8 name a bad sender; from 5.7.20 on our authentication failed (RFC 7372, and
    # Microsoft's 5.7.515). A plain 5.7.1 is one mailbox's own policy.
    if (subject == 1 and detail in (7, 8)) or (subject == 7 and detail >= 20):
        return SenderFault(code, words)
    return PermanentFailure(code, words)


def _enhanced(words: str) -> tuple[int | None, int]:
    found = _ENHANCED.match(words)
    return (int(found.group(1)), int(found.group(2))) if found else (None, 0)


def _words(text: bytes | str) -> str:
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)


def _provider_failure(error: AnymailError) -> DeliveryFailure:
    if isinstance(error, AnymailRecipientsRefused):
        return PermanentFailure("refused", str(error))
    if never_left(error):
        return TemporaryFailure("connect", str(error))
    status = getattr(error, "status_code", None)
    if not isinstance(error, AnymailRequestsAPIError) or status is None:
        return UnknownOutcome(type(error).__name__, str(error))
    if status == 429:
        return TemporaryFailure(status, str(error))
    if status in (401, 403):
        return SenderFault(status, str(error))
    return (
        UnknownOutcome(status, str(error))
        if status >= 500
        else PermanentFailure(status, str(error))
    )
