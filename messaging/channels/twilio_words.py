"""Twilio's words and codes for what became of a text: of its calls, callbacks and look-ups."""

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

# Its codes, each with a page: https://www.twilio.com/docs/api/errors/<code>. Twilio adds codes and
# splits them, so one that is not listed here is never repeated.

# Certainly not processed, and may be later.
LATER = frozenset(
    {
        "14107",  # send rate limit exceeded
        "20429",  # too many requests
        "21611",  # the sender's queue is full
        "30001",  # queue overflow
    }
)
# The number itself is the cause. Not 30003 or 30008, which a telephone that is switched off gets as
# well.
SUPPRESSED_BY = {
    "21211": Suppression.Reason.HARD_BOUNCE,  # invalid 'To'
    "21217": Suppression.Reason.HARD_BOUNCE,  # does not appear to be valid
    "21265": Suppression.Reason.HARD_BOUNCE,  # a short code
    "21268": Suppression.Reason.HARD_BOUNCE,  # premium rate or information service
    "21610": Suppression.Reason.STOP,  # answered STOP to this sender
    "21614": Suppression.Reason.HARD_BOUNCE,  # no mobile number
    "21635": Suppression.Reason.HARD_BOUNCE,  # a landline
    "30005": Suppression.Reason.HARD_BOUNCE,  # unknown number
    "30006": Suppression.Reason.HARD_BOUNCE,  # landline
}
# We are the cause: account, sender or settings. A region that is not enabled (21408) or a pair of
# numbers that does not go together (21612) is not here: the next recipient may be elsewhere.
OURS = frozenset(
    {
        "20003",  # authentication failed
        "20404",  # no such account
        "21212",  # invalid 'From'
        "21267",  # a name as sender on a trial account
        "21472",  # the account is not active
        "21603",  # 'From' is missing
        "21606",  # 'From' cannot send messages
        "21609",  # invalid 'StatusCallback'
        "21657",  # invalid sender ID
        "21659",  # 'From' is no number of Twilio's
        "21660",  # 'From' belongs to another account
        "21661",  # 'From' cannot send SMS
        "21663",  # 'From' is routed wrongly
        "21701",  # no such messaging service
        "21702",  # the messaging service is not available
        "21703",  # the messaging service has no number for this
        "21704",  # the messaging service has no numbers
        "21705",  # the messaging service is invalid
        "30002",  # account suspended
        "30034",  # the number is not registered (US A2P 10DLC)
        "63038",  # the account's messages of the day are used up
    }
)
