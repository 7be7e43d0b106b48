"""A dry run: every message goes to whatever backend of Django's the settings name, one each.

What is shown of it is that backend's affair: the whole mail on the console, a file, or nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from messaging.channels import Accepted, Message, Outcome, PermanentFailure
from messaging.channels.merged import Merged

PROVIDER_ID = "console"


class ConsoleConnection:
    def __init__(self, backend: BaseEmailBackend) -> None:
        self.backend = backend

    def send(self, messages: Sequence[Message]) -> Iterator[Outcome | None]:
        for message in messages:
            if message.is_recalled:
                yield None
                continue
            merged = Merged.of(message)
            try:
                self.backend.send_messages([merged.as_mail()])
            except ValueError as error:  # Django refuses the address or a header
                yield PermanentFailure("malformed", str(error))
            else:
                yield Accepted(PROVIDER_ID)


class ConsoleChannel:
    marks_each = False
    batch_size = 8

    @contextmanager
    def open(self) -> Iterator[ConsoleConnection]:
        backend = mail.get_connection()
        try:
            yield ConsoleConnection(backend)
        finally:
            backend.close()
