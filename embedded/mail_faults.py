"""How the mail catcher misbehaves: the recipient's local part says it.

Each name may be followed by one of `. + - _` and anything, so that a list can hold many of them:
`bounce-550@example.com`, `bounce-550.ana@example.com`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_noop


class Phase(StrEnum):
    RCPT = gettext_noop("at RCPT")
    DATA = gettext_noop("after DATA")
    LOST = gettext_noop("after DATA, once the message is kept, without any answer")


@dataclass(frozen=True)
class Fault:
    answer: str
    phase: Phase = Phase.RCPT
    only_first: bool = False
    hangs_up: bool = False


FAULTS = {
    # The address does not exist: permanent, and the address is the cause.
    "bounce-550": Fault("550 5.1.1 The email account that you tried to reach does not exist"),
    # Refused by policy: permanent, but the sender is the cause.
    "policy-550": Fault("550 5.7.1 Message refused by the recipient's policy"),
    "full-452": Fault("452 4.2.2 The recipient's inbox is out of storage space"),
    "greylist-450": Fault("450 4.2.0 Greylisted, please try again later", only_first=True),
    "busy-421": Fault("421 4.7.0 Too busy, closing the connection", only_first=True, hangs_up=True),
    "spam-554": Fault("554 5.7.1 Message rejected as spam", Phase.DATA),
    "retry-451": Fault("451 4.3.0 Error while queueing, try again", Phase.DATA, only_first=True),
    # The message arrives, but the sender cannot know.
    "lost-answer": Fault("", Phase.LOST, only_first=True, hangs_up=True),
}

_NAMED = re.compile(rf"({'|'.join(FAULTS)})(?:[.+_-].*)?@", re.IGNORECASE)


class Faults:
    """Which fault plays next for an address; remembers which attempts were the first."""

    def __init__(self) -> None:
        self._played: set[str] = set()

    def play(self, address: str, *phases: Phase) -> Fault | None:
        named = _NAMED.match(address)
        fault = FAULTS[named[1].lower()] if named else None
        if fault is None or fault.phase not in phases or address in self._played:
            return None
        if fault.only_first:
            self._played.add(address)
        return fault
