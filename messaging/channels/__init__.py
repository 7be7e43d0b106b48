"""The contract of a channel: open it once, send many, and say plainly how each one went."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from messaging.merging import merge, merge_html


class DeliveryFailure(Exception):
    """Not accepted; `code` is the provider's, `text` fits a log and an operator."""

    def __init__(self, code: str | int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code, self.text = str(code)[:40], text[:500]


class TemporaryFailure(DeliveryFailure):
    """Certainly not sent; the same message may be accepted later."""


class PermanentFailure(DeliveryFailure):
    """This address will not take this message."""


class DeadAddress(PermanentFailure):
    """The address is the cause: nobody there, or they told us to stop. Suppress it."""


class SenderFault(DeliveryFailure):
    """We are the cause (credentials, policy, reputation): the next recipient would fail too."""


class UnknownOutcome(DeliveryFailure):
    """The line went dead after the message was handed over: it may have been sent."""


@dataclass(frozen=True, eq=False)
class Content:
    """What many people read, with `merging.FIELDS` still open; a channel may prepare it once."""

    subject: str = ""
    text: str = ""
    html: str = ""
    sms_text: str = ""


@dataclass(frozen=True)
class Message:
    """One content for one address, with that person's values for the merge fields."""

    to: str
    content: Content
    values: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    callback_url: str = ""

    @property
    def subject(self) -> str:
        return merge(self.content.subject, self.values)

    @property
    def text(self) -> str:
        return merge(self.content.text, self.values)

    @property
    def html(self) -> str:
        return merge_html(self.content.html, self.values)

    @property
    def sms_text(self) -> str:
        return merge(self.content.sms_text, self.values)


class Connection(Protocol):
    def send(self, message: Message) -> str:
        """Hand one message to the provider and return the provider's id ("" if it has none).

        :raises TemporaryFailure, PermanentFailure, DeadAddress, SenderFault, UnknownOutcome:
        """
        ...


class Channel(Protocol):
    # At most one message per call may be in doubt: its row says `sending` before the call.
    marks_each: bool

    def open(self) -> AbstractContextManager[Connection]: ...
