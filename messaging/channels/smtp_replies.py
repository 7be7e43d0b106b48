"""What an SMTP server's words mean for the message: RFC 5321 §4.2.1, enhanced codes of RFC 3463."""

import re
import smtplib
import ssl

from messaging.channels import (
    DeadAddress,
    DeliveryFailure,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
)

_ENHANCED = re.compile(r"5\.(\d{1,3})\.(\d{1,3})\b")


def of_sender(code: int, words: str) -> DeliveryFailure:
    """An answer to greeting, log-in or MAIL FROM: it is about us, whoever the recipient is."""
    kind = TemporaryFailure if code < 500 and code != 435 else SenderFault
    return kind(code, words)


def of_recipient(code: int, words: str) -> DeliveryFailure:
    """An answer to RCPT TO: usually about this address, by enhanced code where there is one."""
    subject, detail = _enhanced(words)
    is_about_the_address = subject == 1 and detail not in (7, 8)
    # Without an enhanced code a refusal may as well be about us.
    if code >= 500 and is_about_the_address:
        return DeadAddress(code, words)
    return of_message(code, words)


def of_message(code: int, words: str) -> DeliveryFailure:
    """An answer to DATA or to the message itself."""
    if code < 500:
        return TemporaryFailure(code, words)
    subject, detail = _enhanced(words)
    # 5.1.7 and 5.1.8 name a bad sender; from 5.7.20 on our authentication failed (RFC 7372, and
    # Microsoft's 5.7.515). A plain 5.7.1 is one mailbox's own policy.
    if (subject == 1 and detail in (7, 8)) or (subject == 7 and detail >= 20):
        return SenderFault(code, words)
    return PermanentFailure(code, words)


def of_connecting(error: smtplib.SMTPException | OSError) -> DeliveryFailure:
    """What smtplib raises until a line is ready: nothing was handed over."""
    match error:
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=said) if code > 0:
            words = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
            return of_sender(code, words)
        # The server does not offer what the settings demand, or is not who it should be: somebody
        # has to look at it, as with a password that is refused.
        case smtplib.SMTPNotSupportedError() | ssl.SSLCertVerificationError():
            return SenderFault(type(error).__name__, str(error))
    return TemporaryFailure(type(error).__name__, str(error))


def _enhanced(words: str) -> tuple[int | None, int]:
    found = _ENHANCED.match(words)
    return (int(found.group(1)), int(found.group(2))) if found else (None, 0)
