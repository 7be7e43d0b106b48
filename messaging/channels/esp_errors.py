"""What providers and Anymail say when a message is not taken, in our few words."""

from collections.abc import Mapping, Sequence
from typing import Any

from anymail.exceptions import (
    AnymailAPIError,
    AnymailError,
    AnymailInvalidAddress,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)
from anymail.message import AnymailRecipientStatus

from messaging.channels import (
    Accepted,
    DeadAddress,
    DeliveryFailure,
    Outcome,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
    UnknownOutcome,
)
from messaging.channels.http import never_left
from messaging.channels.providers import Provider

# Key, payment, permission, and an address or method that only settings of ours can have wrong.
_OURS = {401, 402, 403, 404, 405}
# Request time-out and rate limit: not processed.
_LATER = {408, 429}
# https://postmarkapp.com/developer/api/overview#error-codes
_POSTMARK_OURS = {10, 400, 401, 405, 412, 413}
_POSTMARK_MAINTENANCE, _POSTMARK_INVALID, _POSTMARK_INACTIVE = 100, 300, 406


def classify(error: AnymailError | ValueError, provider: Provider) -> DeliveryFailure:
    """One call's failure, the same for every message of it."""
    if never_left(error):
        return TemporaryFailure("connect", str(error))
    if isinstance(error, AnymailAPIError):
        return _of_answer(error, provider)
    match error:
        case AnymailUnsupportedFeature() | AnymailSerializationError():
            return PermanentFailure("unsupported", str(error))
        case AnymailInvalidAddress() | ValueError():
            return PermanentFailure("malformed", str(error))
    # What else Anymail finds wrong before it calls, a sender's domain for example, is settings.
    return SenderFault(type(error).__name__, str(error))


def _of_answer(error: AnymailAPIError, provider: Provider) -> DeliveryFailure:
    status = _status(error)
    if status is None or status < 400 or status >= 500:
        # Silence, an answer nobody can read, or a fault of theirs: it may have been taken before.
        return UnknownOutcome(status or type(error).__name__, str(error))
    if provider.has_key and _is_repeated(error, status):
        return UnknownOutcome("repeated", str(error))
    if status in _LATER:
        return TemporaryFailure(status, str(error))
    return (SenderFault if status in _OURS else PermanentFailure)(status, str(error))


def _status(error: AnymailAPIError) -> int | None:
    answer: Any = getattr(error, "response", None)
    status: int | None = error.status_code
    if isinstance(answer, Mapping):  # boto3's, for Amazon SES
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status


def _is_repeated(error: AnymailAPIError, status: int) -> bool:
    """An earlier call with this key was seen: Resend says 409, Brevo duplicate_parameter."""
    return status == 409 or "duplicate_parameter" in str(error)


def of_status(status: AnymailRecipientStatus | None, provider: Provider) -> Outcome:
    """One recipient's outcome of a call that was answered.

    https://anymail.dev/en/stable/sending/anymail_additions/#esp-send-status
    """
    word = status.status if status else "unknown"
    match word:
        case "sent" | "queued":
            name = status.message_id if status else None
            return Accepted("" if name is None else str(name)[:200])
        case "invalid" | "rejected":
            kind = DeadAddress if provider.blames_address else PermanentFailure
            return kind(word, f"The provider calls the recipient {word}.")
        case "failed":
            return PermanentFailure(word, "The provider refused the message.")
    return UnknownOutcome("no_status", "The provider did not say what became of the message.")


def postmark_outcomes(error: AnymailError | ValueError, number: int) -> list[Outcome]:
    """Postmark's answer for each message, where Anymail gives up at the first it cannot read.

    Empty when it is no such answer. They come in the order of the messages.
    """
    response: Any = getattr(error, "response", None)
    if response is None or getattr(error, "esp_name", "") != "Postmark":
        return []
    try:
        answer = response.json()
    except ValueError:
        return []
    entries = answer if isinstance(answer, list) else [answer]
    if len(entries) != number or not all(_is_postmarks(entry) for entry in entries):
        return []
    return [_of_postmark(entry) for entry in entries]


def _is_postmarks(entry: Any) -> bool:
    return isinstance(entry, dict) and "ErrorCode" in entry and "Message" in entry


def _of_postmark(entry: Mapping[str, Any]) -> Outcome:
    code, text = entry["ErrorCode"], str(entry["Message"])
    if code == 0:
        return Accepted(str(entry.get("MessageID", "")))
    if code in _POSTMARK_OURS or (code == _POSTMARK_INVALID and "'From'" in text):
        return SenderFault(code, text)
    if code == _POSTMARK_MAINTENANCE:
        return TemporaryFailure(code, text)
    if code == _POSTMARK_INACTIVE or (code == _POSTMARK_INVALID and "'To'" in text):
        return DeadAddress(code, text)
    return PermanentFailure(code, text)


def in_one_piece(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """After a sender's fault nothing more may come: one before other outcomes is temporary."""
    known = [n for n, each in enumerate(outcomes) if not isinstance(each, SenderFault)]
    last = known[-1] if known else -1
    return [
        TemporaryFailure(each.code, each.text)
        if isinstance(each, SenderFault) and n < last
        else each
        for n, each in enumerate(outcomes)
    ]
