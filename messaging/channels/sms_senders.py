"""Who a text comes from: a number, a messaging service, or a name."""

import re
from typing import Literal

from django.conf import settings

# https://www.twilio.com/docs/glossary/what-e164, …/docs/sms/api/short-code: five or six digits
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{5,6}")
_SERVICE = re.compile("MG[0-9a-fA-F]{32}")
# Up to 11 of these, at least one of them a letter:
# https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id
_NAME = re.compile("(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}")

Kind = Literal["number", "service", "name", ""]


def kind(sender: str) -> Kind:
    """What a sender is; "" when it can be none."""
    if _NUMBER.fullmatch(sender):
        return "number"
    if _SERVICE.fullmatch(sender):
        return "service"
    return "name" if _NAME.fullmatch(sender) else ""


def takes_answers() -> bool:
    """Whether people can answer our texts, STOP among others.

    A name cannot be written to: texts have to carry another way out, a link.
    (https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id)
    """
    return kind(settings.TWILIO_FROM) != "name"
