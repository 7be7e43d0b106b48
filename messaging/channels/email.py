"""E-mail goes by SMTP."""

from messaging.channels.smtp import SmtpChannel as EmailChannel

__all__ = ["EmailChannel"]
