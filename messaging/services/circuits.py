"""Stopping a channel whose provider refuses us or is away, and trying again by itself."""

import logging
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Self

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from messaging.channels import (
    Accepted,
    Outcome,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
    UnknownOutcome,
)
from messaging.models import Circuit
from messaging.services import wake
from messaging.services.clock import from_now

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 30
LONGEST_PAUSE_SECONDS = 120
# In which a try has to end; after that somebody else may make another.
TRY_SECONDS = 60
# Out of so many messages, more refusals than this stop the channel …
REFUSALS_OF, MOST_REFUSALS = 200, 40
# … and so do so many in a row that the provider did not answer.
UNANSWERED = 10


class Trouble(StrEnum):
    """Why a channel is stopped, in one word; which words people read is not decided here."""

    REFUSED = "refused"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Cause:
    """What is kept about a stop: the provider's own text names hosts, accounts and people."""

    trouble: Trouble
    # The provider's, or ours where it gave none.
    code: str

    def __str__(self) -> str:
        return f"{self.trouble} {self.code}"

    @classmethod
    def read(cls, because: str) -> Self:
        first, _space, rest = because.partition(" ")
        if first in set(Trouble):
            return cls(Trouble(first), rest)
        return cls(Trouble.REFUSED, first)


@transaction.atomic
def trip(*, channel: str, because: str) -> None:
    """Stop a channel for a while; for twice as long each time a try fails again."""
    stopped, is_new = Circuit.objects.select_for_update().get_or_create(
        channel=channel,
        defaults={"because": because[:300], "retry_at": from_now(FIRST_PAUSE_SECONDS)},
    )
    if is_new:
        logger.error("Channel stopped: %s, %s", channel, because)
        return
    pause = min(FIRST_PAUSE_SECONDS * 2**stopped.probes, LONGEST_PAUSE_SECONDS)
    Circuit.objects.filter(channel=channel).update(because=because[:300], retry_at=from_now(pause))


def close(*, channel: str) -> bool:
    """A message got through; False when nothing was stopped."""
    was_stopped, _ = Circuit.objects.filter(channel=channel).delete()
    if was_stopped:
        logger.warning("Channel goes on: %s", channel)
    return bool(was_stopped)


@transaction.atomic
def try_now(*, channel: str) -> bool:
    """Let one message try a stopped channel at once; False when nothing was stopped."""
    is_stopped = Circuit.objects.filter(channel=channel).update(retry_at=Now())
    if is_stopped:
        transaction.on_commit(partial(wake.senders, channels=[channel]))
    return bool(is_stopped)


def is_stopped(*, channel: str) -> bool:
    return Circuit.objects.filter(channel=channel).exists()


def allowance(*, channel: str) -> int:
    """How many messages may be tried on a stopped channel now: 1 for a try, else 0."""
    due = Circuit.objects.filter(channel=channel, retry_at__lte=Now())
    # Whoever moves the next try ahead makes this one, alone.
    return due.update(retry_at=from_now(TRY_SECONDS), probes=F("probes") + 1)


def may_try(*, channel: str) -> bool:
    """Whether a sender would find anything to do but wait."""
    return not Circuit.objects.filter(channel=channel, retry_at__gt=Now()).exists()


@dataclass
class Watch:
    """What one sender has seen of a provider lately."""

    refusals: deque[bool] = field(default_factory=lambda: deque(maxlen=REFUSALS_OF))
    unanswered: int = 0

    def why_stop(self, outcome: Outcome) -> str:
        """Why the channel should stop after this; "" when it should not."""
        if isinstance(outcome, Accepted):
            self.unanswered = 0
            self.refusals.append(False)
            return ""
        if isinstance(outcome, SenderFault):
            return str(Cause(Trouble.REFUSED, outcome.code))
        if answers(outcome):
            self.unanswered = 0
        else:
            self.unanswered += 1
        if isinstance(outcome, PermanentFailure):
            self.refusals.append(True)
        if self.unanswered >= UNANSWERED:
            return str(Cause(Trouble.UNREACHABLE, outcome.code))
        if sum(self.refusals) > MOST_REFUSALS:
            return str(Cause(Trouble.REJECTED, outcome.code))
        return ""


def answers(outcome: Outcome) -> bool:
    """Whether the provider is there and said something about this message."""
    if isinstance(outcome, TemporaryFailure):
        # Its own codes are numbers; ours say that it was not to be had.
        return outcome.code.isdigit()
    return not isinstance(outcome, UnknownOutcome)


def judge_try(*, channel: str, outcome: Outcome | None) -> None:
    """A stopped channel goes on when the message that tries it gets through.

    Without an outcome it was not handed over, and said nothing.
    """
    if isinstance(outcome, Accepted):
        close(channel=channel)
    elif isinstance(outcome, SenderFault):
        trip(channel=channel, because=str(Cause(Trouble.REFUSED, outcome.code)))
    elif outcome and not answers(outcome):
        trip(channel=channel, because=str(Cause(Trouble.UNREACHABLE, outcome.code)))
    else:
        # It may be about this message alone: the next one tries at once.
        Circuit.objects.filter(channel=channel).update(retry_at=Now())
