"""The contract of a channel: open it once, send many, and say plainly how each one went."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from messaging.merging import merge, merge_html


def storable(text: str) -> str:
    """PostgreSQL takes neither NUL nor half a surrogate pair."""
    return text.replace("\0", "").encode(errors="replace").decode()


class DeliveryFailure(Exception):
    """Not accepted; `code` is the provider's, `text` fits a log and an operator."""

    def __init__(self, code: str | int, text: str) -> None:
        self.code, self.text = storable(str(code))[:40], storable(text)[:500]
        super().__init__(f"{self.code} {self.text}")


class TemporaryFailure(DeliveryFailure):
    """Certainly not sent; the same message may be accepted later."""


class PermanentFailure(DeliveryFailure):
    """This address will not take this message."""


class DeadAddress(PermanentFailure):
    """The address is the cause: nobody there, or they told us to stop. Suppress it."""


class OptedOut(DeadAddress):
    """Whoever reads it told the provider to stop us."""


class SenderFault(DeliveryFailure):
    """We are the cause (credentials, policy, reputation): the next recipient would fail too."""


class UnknownOutcome(DeliveryFailure):
    """The line went dead after the message was handed over: it may have been sent."""


@dataclass(frozen=True)
class Accepted:
    """The provider has taken the message; `provider_id` is its name for it, "" if it has none."""

    provider_id: str = ""


Outcome = Accepted | DeliveryFailure


@dataclass(frozen=True)
class Inline:
    """A picture that travels inside a mail; its HTML shows it by `cid:` (RFC 2392)."""

    cid: str
    # After "image/".
    kind: str
    data: bytes


@dataclass(frozen=True, eq=False)
class Content:
    """What many people read, with `merging.FIELDS` still open; a channel may prepare it once."""

    subject: str = ""
    text: str = ""
    html: str = ""
    sms_text: str = ""
    # Those that are the same for every recipient.
    headers: Mapping[str, str] = field(default_factory=dict)
    picture: Inline | None = None


@dataclass(slots=True, eq=False)
class Message:
    """One content for one address, with that person's values for the merge fields."""

    # The delivery's number, by which a provider's events name it.
    id: int
    to: str
    content: Content
    values: Mapping[str, str]
    # Those of this recipient alone.
    headers: Mapping[str, str] = field(default_factory=dict)
    callback_url: str = ""
    # Seconds for which it is worth delivering; a provider that can drops it afterwards.
    valid_seconds: int = 14_400
    # Set from outside, at any time: it must not go out any more.
    is_recalled: bool = False

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

    @property
    def all_headers(self) -> dict[str, str]:
        return {**self.content.headers, **self.headers}


class Connection(Protocol):
    def send(self, messages: Sequence[Message]) -> Iterator[Outcome | None]:
        """Hand messages to the provider in their order, and yield each one's outcome.

        None stands for one that was recalled before its turn came, and was not handed over. An
        outcome is yielded as soon as it is certain. One message's failure never keeps those behind
        it from being tried, except `SenderFault`: after it nothing more is yielded, and the rest
        was not handed over. What a channel did not foresee is raised, and then belongs to the first
        message without an outcome.
        """
        ...


class Channel(Protocol):
    @property
    def marks_each(self) -> bool:
        """A call of unknown outcome cannot be repeated: its row says `sending` before."""
        ...

    @property
    def batch_size(self) -> int:
        """How many messages are handed to `Connection.send` at once."""
        ...

    def open(self) -> AbstractContextManager[Connection]: ...
