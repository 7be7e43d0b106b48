"""How the stand-in for Twilio misbehaves: by the number written to, or for the next requests.

The numbers of Twilio's own test credentials mean the same here
(https://www.twilio.com/docs/iam/test-credentials); those from 0010 on are ours. The same kinds
can be ordered for the next requests, whatever number they write to: POST /faults.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """The request is answered with an error; nothing was accepted."""

    status: int
    code: int
    message: str


@dataclass(frozen=True)
class Accepted:
    """The message was accepted, but `answer` says otherwise or it will not arrive."""

    answer: Refusal | None = None
    is_silent: bool = False
    error_code: int | None = None


Fault = Refusal | Accepted

SERVER_ERROR = Refusal(500, 20500, "An internal server error has occurred")

KINDS: dict[str, Fault] = {
    "bad-credentials": Refusal(401, 20003, "Authenticate"),
    "too-many-requests": Refusal(429, 20429, "Too Many Requests"),
    "server-error": SERVER_ERROR,
    "server-error-after-accepting": Accepted(answer=SERVER_ERROR),
    "timeout-after-accepting": Accepted(is_silent=True),
    "invalid-number": Refusal(400, 21211, "Invalid 'To' Phone Number: {to}"),
    "no-route": Refusal(
        400,
        21612,
        "Message cannot be sent with the current combination of 'To' ({to}) and/or 'From'",
    ),
    "no-permission": Refusal(
        400, 21408, "Permission to send an SMS has not been enabled for the region: {to}"
    ),
    "opted-out": Refusal(400, 21610, "Attempt to send to unsubscribed recipient"),
    "not-mobile": Refusal(400, 21614, "'To' number is not a valid mobile number: {to}"),
    "undelivered": Accepted(error_code=30003),
    "unknown-number": Accepted(error_code=30005),
    "landline": Accepted(error_code=30006),
    "filtered": Accepted(error_code=30007),
}

NUMBERS = {
    "+15005550001": "invalid-number",
    "+15005550002": "no-route",
    "+15005550003": "no-permission",
    "+15005550004": "opted-out",
    "+15005550009": "not-mobile",
    "+15005550010": "too-many-requests",
    "+15005550011": "server-error",
    "+15005550012": "server-error-after-accepting",
    "+15005550013": "timeout-after-accepting",
    "+15005550014": "undelivered",
    "+15005550015": "unknown-number",
    "+15005550016": "landline",
    "+15005550017": "filtered",
    "+15005550018": "bad-credentials",
}
