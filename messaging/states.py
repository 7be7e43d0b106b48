"""The life of a delivery: its states, and which may follow which.

    pending → claimed → sending → accepted → delivered | bounced | complained | undelivered

or, instead, failed | expired | skipped | cancelled | unknown. Only SMS passes through `sending`:
its row says so before the provider is called, because the call cannot be repeated.
"""

from collections.abc import Collection

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    PENDING = "pending", _("pending")
    CLAIMED = "claimed", _("claimed")
    SENDING = "sending", _("sending")
    ACCEPTED = "accepted", _("accepted")
    DELIVERED = "delivered", _("delivered")
    BOUNCED = "bounced", _("bounced")
    COMPLAINED = "complained", _("complained")
    UNDELIVERED = "undelivered", _("undelivered")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("expired")
    SKIPPED = "skipped", _("skipped")
    CANCELLED = "cancelled", _("cancelled")
    UNKNOWN = "unknown", _("unknown")


OPEN = frozenset({State.PENDING, State.CLAIMED, State.SENDING})
IN_WORK = frozenset({State.CLAIMED, State.SENDING})
REACHED = frozenset({State.ACCEPTED, State.DELIVERED})
NOT_REACHED = frozenset(
    {State.BOUNCED, State.UNDELIVERED, State.FAILED, State.EXPIRED, State.UNKNOWN}
)
# Decided without the provider; only its evidence that the message went out after all counts more.
UNSENT = frozenset({State.EXPIRED, State.SKIPPED, State.CANCELLED})
# Nobody has read anything in what came to this.
UNHEARD = UNSENT | {State.FAILED}

_EVIDENCE = frozenset(
    {State.ACCEPTED, State.DELIVERED, State.UNDELIVERED, State.BOUNCED, State.COMPLAINED}
)

# What the provider has taken, whatever became of it afterwards.
SENT = _EVIDENCE
LEFT_OUT = frozenset({State.SKIPPED, State.CANCELLED})
# Tried in vain, too late, or nobody knows.
NOT_SENT = frozenset({State.FAILED, State.EXPIRED, State.UNKNOWN})

FOLLOWING: dict[State, Collection[State]] = {
    State.PENDING: {State.CLAIMED, State.FAILED, *UNSENT, *_EVIDENCE},
    State.CLAIMED: {
        State.PENDING,
        State.SENDING,
        State.FAILED,
        State.UNKNOWN,
        *UNSENT,
        *_EVIDENCE,
    },
    State.SENDING: {State.PENDING, State.FAILED, State.UNKNOWN, *_EVIDENCE},
    State.UNKNOWN: {State.PENDING, State.FAILED, *_EVIDENCE},
    State.ACCEPTED: {
        State.DELIVERED,
        State.UNDELIVERED,
        State.FAILED,
        State.BOUNCED,
        State.COMPLAINED,
    },
    State.DELIVERED: {State.BOUNCED, State.COMPLAINED},
    State.BOUNCED: {State.COMPLAINED},
    State.COMPLAINED: (),
    State.UNDELIVERED: (),
    State.FAILED: (),
    State.EXPIRED: _EVIDENCE,
    State.SKIPPED: _EVIDENCE,
    State.CANCELLED: _EVIDENCE,
}


def before(state: State) -> list[State]:
    """The states from which a delivery may come to this one."""
    return [earlier for earlier, following in FOLLOWING.items() if state in following]
