"""E-mail by whatever the settings name: an SMTP server, a provider, or a dry run."""

from contextlib import AbstractContextManager

from anymail.backends.base import AnymailBaseBackend
from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend
from django.utils.module_loading import import_string

from messaging.channels import Channel, Connection
from messaging.channels.console import ConsoleChannel
from messaging.channels.esp import EspChannel
from messaging.channels.smtp import SmtpChannel

_SMTP, _ESP, _CONSOLE = SmtpChannel(), EspChannel(), ConsoleChannel()


class EmailChannel:
    marks_each = False

    @property
    def batch_size(self) -> int:
        return chosen().batch_size

    def open(self) -> AbstractContextManager[Connection]:
        return chosen().open()


def chosen() -> Channel:
    """Only a backend of Anymail's is ever given several messages in one: others would show all
    their addresses to everybody."""
    backend = import_string(settings.EMAIL_BACKEND)
    if issubclass(backend, AnymailBaseBackend):
        return _ESP
    return _SMTP if issubclass(backend, EmailBackend) else _CONSOLE
