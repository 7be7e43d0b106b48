"""What Twilio says when it does not take a text, in our few words.

Every code has its page: https://www.twilio.com/docs/api/errors/<code>. Twilio adds codes and splits
them, so one that is not listed here is never repeated.
"""

import requests
from twilio.base.exceptions import TwilioRestException

from messaging.channels import (
    DeadAddress,
    DeliveryFailure,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
    UnknownOutcome,
)
from messaging.channels.http import never_left

# Certainly not processed, and may be later.
LATER = frozenset(
    {
        14107,  # send rate limit exceeded
        20429,  # too many requests
        21611,  # the sender's queue is full
        30001,  # queue overflow
    }
)
# The number is the cause; these are suppressed.
DEAD = frozenset(
    {
        21211,  # invalid 'To'
        21217,  # does not appear to be valid
        21265,  # a short code
        21268,  # premium rate or information service
        21610,  # answered STOP
        21614,  # no mobile number
        21635,  # a landline
    }
)
# We are the cause: account, sender or settings. A region that is not enabled (21408) or a pair of
# numbers that does not go together (21612) is not here: the next recipient may be elsewhere.
OURS = frozenset(
    {
        20003,  # authentication failed
        20404,  # no such account
        21212,  # invalid 'From'
        21267,  # a name as sender on a trial account
        21472,  # the account is not active
        21603,  # 'From' is missing
        21606,  # 'From' cannot send messages
        21609,  # invalid 'StatusCallback'
        21657,  # invalid sender ID
        21659,  # 'From' is no number of Twilio's
        21660,  # 'From' belongs to another account
        21661,  # 'From' cannot send SMS
        21663,  # 'From' is routed wrongly
        21701,  # no such messaging service
        21702,  # the messaging service is not available
        21703,  # the messaging service has no number for this
        21704,  # the messaging service has no numbers
        21705,  # the messaging service is invalid
        30002,  # account suspended
        30034,  # the number is not registered (US A2P 10DLC)
        63038,  # the account's messages of the day are used up
    }
)


def classify(error: TwilioRestException | requests.RequestException) -> DeliveryFailure:
    if never_left(error):
        return TemporaryFailure("connect", str(error))
    if isinstance(error, requests.RequestException):
        return UnknownOutcome(type(error).__name__, str(error))
    code = int(error.code or error.status)
    return _kind(code, int(error.status))(code, error.msg)


def _kind(code: int, status: int) -> type[DeliveryFailure]:
    if code in OURS:
        return SenderFault
    if code in LATER or status == 429:
        return TemporaryFailure
    if status >= 500:
        return UnknownOutcome
    if code in DEAD:
        return DeadAddress
    return SenderFault if status in (401, 403) else PermanentFailure
