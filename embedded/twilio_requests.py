"""What a request to send a text has to bring, and what Twilio says when it does not."""

import re
from dataclasses import dataclass

from embedded.twilio_faults import KINDS, Refusal

MAX_CHARACTERS = 1_600

E164 = re.compile(r"\+[1-9]\d{6,14}")
SENDER = re.compile(r"\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")

MISSING_TO = Refusal(400, 21604, "A 'To' phone number is required.")
MISSING_FROM = Refusal(400, 21603, "A 'From' phone number is required.")
MISSING_BODY = Refusal(400, 21602, "Message body is required.")
TOO_LONG = Refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit")
INVALID_FROM = Refusal(400, 21212, "Invalid From Number (caller ID)")
INVALID_SERVICE = Refusal(400, 21701, "The Messaging Service does not exist")
INVALID_CALLBACK = Refusal(400, 21609, "Invalid StatusCallback URL")
INVALID_VALIDITY = Refusal(400, 21624, "Invalid validity period value")
LONGEST_VALIDITY = 36_000


@dataclass(frozen=True)
class Request:
    """The fields of a request to send, as they came."""

    to: str
    sender: str
    service: str
    body: str
    callback: str
    validity: str = ""

    def problem(self) -> Refusal | None:
        """What Twilio would complain about first."""
        checks = (
            (not self.to, MISSING_TO),
            (not (self.sender or self.service), MISSING_FROM),
            (not self.body, MISSING_BODY),
            (not E164.fullmatch(self.to), KINDS["invalid-number"]),
            (self.sender and not SENDER.fullmatch(self.sender), INVALID_FROM),
            (self.service and not SERVICE.fullmatch(self.service), INVALID_SERVICE),
            (len(self.body) > MAX_CHARACTERS, TOO_LONG),
            (self.callback and not self.callback.startswith("http"), INVALID_CALLBACK),
            (not self._is_valid_for_a_while(), INVALID_VALIDITY),
        )
        found = next((refusal for is_wrong, refusal in checks if is_wrong), None)
        return found if isinstance(found, Refusal) else None

    def _is_valid_for_a_while(self) -> bool:
        if not self.validity:
            return True
        return self.validity.isdecimal() and 1 <= int(self.validity) <= LONGEST_VALIDITY
