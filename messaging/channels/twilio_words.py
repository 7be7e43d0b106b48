"""Twilio's words for what became of a text, in ours; for its callbacks and for look-ups alike."""

from audiences.models import Suppression
from messaging.states import State

# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
STATES = {
    "accepted": State.ACCEPTED,
    "scheduled": State.ACCEPTED,
    "queued": State.ACCEPTED,
    "sending": State.ACCEPTED,
    "sent": State.ACCEPTED,
    "delivered": State.DELIVERED,
    "read": State.DELIVERED,
    "undelivered": State.UNDELIVERED,
    "failed": State.FAILED,
    "canceled": State.FAILED,
}

# https://www.twilio.com/docs/api/errors: those where the number itself is the cause. Not 30003 or
# 30008, which a telephone that is switched off gets as well.
SUPPRESSED_BY = {
    "21211": Suppression.Reason.HARD_BOUNCE,  # no valid number
    "21614": Suppression.Reason.HARD_BOUNCE,  # no mobile number
    "30005": Suppression.Reason.HARD_BOUNCE,  # unknown number
    "30006": Suppression.Reason.HARD_BOUNCE,  # landline
    "21610": Suppression.Reason.STOP,  # answered STOP to this sender
}
