"""What Twilio says when it does not take a text, in the words of our contract."""

import requests
from twilio.base.exceptions import TwilioRestException

from audiences.models import Suppression
from messaging.channels import (
    DeadAddress,
    DeliveryFailure,
    OptedOut,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
    UnknownOutcome,
)
from messaging.channels.http import never_left
from messaging.channels.twilio_words import LATER, OURS, SUPPRESSED_BY


def classify(error: TwilioRestException | requests.RequestException) -> DeliveryFailure:
    if never_left(error):
        return TemporaryFailure("connect", str(error))
    if isinstance(error, requests.RequestException):
        return UnknownOutcome(type(error).__name__, str(error))
    code = str(error.code or error.status)
    return _kind(code, int(error.status))(code, error.msg)


def _kind(code: str, status: int) -> type[DeliveryFailure]:
    if code in OURS:
        return SenderFault
    if code in LATER or status == 429:
        return TemporaryFailure
    if status >= 500:
        return UnknownOutcome
    if why := SUPPRESSED_BY.get(code):
        return OptedOut if why == Suppression.Reason.STOP else DeadAddress
    return SenderFault if status in (401, 403) else PermanentFailure
