"""What Twilio says of a text, as an event: it calls back, or we ask."""

from collections.abc import Mapping
from typing import Any

from messaging.channels.twilio_words import STATES, SUPPRESSED_BY
from messaging.services.events import Report
from messaging.states import State

SOURCE = "twilio"


def of_text(*, sid: str, word: str, code: str, raw: Mapping[str, Any]) -> Report:
    """`word` is its status; of one that we do not know, only that Twilio has the text."""
    return Report(
        source=SOURCE,
        key=f"{sid}:{word}",
        kind=word,
        raw=raw,
        state=STATES.get(word, State.ACCEPTED),
        provider_id=sid,
        code=code,
        suppress=SUPPRESSED_BY.get(code),
    )
