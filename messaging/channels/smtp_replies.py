"""What an SMTP server's words mean for the message: RFC 5321 §4.2.1, enhanced codes of RFC 3463."""

import smtplib
import ssl

from messaging.channels import (
    DeadAddress,
    DeliveryFailure,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
    enhanced_codes,
)


def of_sender(code: int, words: str) -> DeliveryFailure:
    """An answer to greeting, log-in or MAIL FROM: it is about us, whoever the recipient is."""
    kind = TemporaryFailure if code < 500 and code != 435 else SenderFault
    return kind(code, words)


def of_recipient(code: int, words: str) -> DeliveryFailure:
    """An answer to RCPT TO: usually about this address, by enhanced code where there is one."""
    known = enhanced_codes.leading(words)
    # Without an enhanced code a refusal may as well be about us.
    if code >= 500 and known and known.is_about_recipient:
        return DeadAddress(code, words)
    return of_message(code, words)


def of_message(code: int, words: str) -> DeliveryFailure:
    """An answer to DATA or to the message itself."""
    if code < 500:
        return TemporaryFailure(code, words)
    known = enhanced_codes.leading(words)
    if known and (known.is_about_sender or known.is_authentication):
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
