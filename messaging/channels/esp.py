"""E-mail through any provider that Anymail knows; many messages in one call where that is safe."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from anymail.exceptions import AnymailError
from anymail.utils import parse_single_address

from messaging.channels import (
    DeliveryFailure,
    Message,
    Outcome,
    PermanentFailure,
    SenderFault,
    esp_calls,
    providers,
)
from messaging.channels.esp_errors import classify, in_one_piece, of_status, postmark_outcomes
from messaging.channels.merged import Merged
from messaging.channels.providers import Provider

# Of a provider that takes one message for each call, so many are handed over at once.
SINGLES = 8


@dataclass(frozen=True)
class _Item:
    message: Message
    merged: Merged


class EspConnection:
    """A kept HTTP session."""

    def __init__(self, backend: Any, provider: Provider) -> None:
        self.backend, self.provider = backend, provider

    def send(self, messages: Sequence[Message]) -> Iterator[Outcome | None]:
        for call in self._calls(messages):
            if not call:
                yield None
                continue
            for outcome in self._together(call) if len(call) > 1 else [self._alone(call[0])]:
                yield outcome
                if isinstance(outcome, SenderFault):
                    return

    def _calls(self, messages: Sequence[Message]) -> Iterator[list[_Item]]:
        """What may go out together; an empty call stands for a message that was recalled."""
        call: list[_Item] = []
        for message in messages:
            if message.is_recalled:
                yield from [call, []] if call else [[]]
                call = []
                continue
            try:
                item = _Item(message, self._merge(message))
            except Exception:
                # It belongs to this message: those before it are sent first.
                if call:
                    yield call
                raise
            if call and not self._joins(item, call):
                yield call
                call = []
            call.append(item)
        if call:
            yield call

    def _merge(self, message: Message) -> Merged:
        merged = Merged.of(message)
        if self.provider.reads_braces:
            merged = merged.without_braces()
        return merged.with_ascii_headers() if self.provider.ascii_headers else merged

    def _joins(self, item: _Item, call: list[_Item]) -> bool:
        first = call[0]
        return (
            len(call) < self.provider.per_call
            and self._may_share(item)
            and self._may_share(first)
            and (bool(self.provider.whole) or item.message.content is first.message.content)
            # Providers take one set of attachments for a call.
            and item.message.content.picture == first.message.content.picture
            and item.message.to.lower() not in {other.message.to.lower() for other in call}
        )

    def _may_share(self, item: _Item) -> bool:
        """Anymail finds a recipient's own parts by the address as the provider is told it."""
        if not item.message.to.isascii() or _why_malformed(item.message.to):
            return False
        # A text that itself speaks of the provider's variables is not to be filled in.
        opening = self.provider.variable.partition(".")[0]
        parts = (item.merged.subject, item.merged.text, item.merged.html)
        return not opening or not any(opening in part for part in parts)

    def _together(self, call: list[_Item]) -> Iterator[Outcome]:
        messages = [item.message for item in call]
        mail = esp_calls.for_many(messages, [item.merged for item in call], self.provider)
        outcomes = self._post(mail, messages)
        if isinstance(outcomes, PermanentFailure):
            # Nothing of the call was taken, whoever is the cause: the others shall not suffer.
            yield from map(self._alone, call)
        elif isinstance(outcomes, DeliveryFailure):
            yield from [outcomes] * len(call)
        else:
            yield from in_one_piece(outcomes)

    def _alone(self, item: _Item) -> Outcome:
        if why := _why_malformed(item.message.to):
            return PermanentFailure("malformed", why)
        mail = esp_calls.for_one(item.message, item.merged, self.provider)
        outcomes = self._post(mail, [item.message])
        return outcomes if isinstance(outcomes, DeliveryFailure) else outcomes[0]

    def _post(self, mail: Any, messages: Sequence[Message]) -> DeliveryFailure | list[Outcome]:
        """Each one's outcome, or what kept the provider from taking any."""
        try:
            self.backend.open()
            self.backend.send_messages([mail])
        except (AnymailError, ValueError) as error:
            if outcomes := postmark_outcomes(error, len(messages)):
                return outcomes
            return classify(error, self.provider)
        found = {to.lower(): status for to, status in mail.anymail_status.recipients.items()}
        if len(messages) == 1:
            # However the provider writes the address: Anymail may have it both ways.
            told = [status for status in found.values() if status.status != "unknown"]
            return [of_status(told[0] if told else None, self.provider)]
        return [of_status(found.get(each.to.lower()), self.provider) for each in messages]


class EspChannel:
    marks_each = False

    @property
    def batch_size(self) -> int:
        return max(_provider().per_call, SINGLES)

    @contextmanager
    def open(self) -> Iterator[EspConnection]:
        backend = esp_calls.backend(_provider())
        try:
            yield EspConnection(backend, _provider())
        finally:
            backend.close()


def _provider() -> Provider:
    return providers.of(esp_calls.backend_class().esp_name)


def _why_malformed(address: str) -> str:
    """A list of addresses would be a message for all of them."""
    try:
        parsed = parse_single_address(address)
    except (AnymailError, ValueError) as error:
        return str(error)
    return "" if parsed.addr_spec == address else "The address has more than an address in it."
