"""What an error code means, and what to do about it, in an operator's words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.states import State

_CHECK_ADDRESS = _("Correct the address in the contact.")
_CHECK_REGISTRATION = _("Register the sender with Twilio for this country, then send again.")
_CHECK_STANDING = _(
    "Look at the text of the refusal; check SPF, DKIM, DMARC and the sender's reputation."
)
_CHECK_ACCOUNT = _("Check the user name and password, or the key, in the settings.")
_CHECK_NETWORK = _(
    "Check the network and the provider's address in the settings; it is tried again."
)
_DECIDE = _("Look it up at the provider; then resend it or treat it as sent.")

# Those that no provider has given, or that Anymail gives for any of them.
OURS: Mapping[str, tuple[Any, Any]] = {
    "unsubscribed": (_("left the list before it was sent"), ""),
    "suppressed": (_("the address must not be written to"), ""),
    "no_consent": (_("took back the consent to be asked"), ""),
    "answered": (_("has answered the survey before it was sent"), ""),
    "asked_lately": (_("was asked for feedback by another message shortly before"), ""),
    "paused": (_("paused all messages before it was sent"), ""),
    "erased": (_("the contact was erased"), ""),
    "merged": (_("the same person gets it at another address"), ""),
    "superseded": (_("replaced by newer news of the same story"), ""),
    "recalled": (_("its words were wrong: recalled before it went out"), ""),
    "poison": (
        _("several senders died while they held it"),
        _("Look for its number in the workers' logs; it may be too large or malformed."),
    ),
    "lease_lapsed": (_("its sender died during the call"), _DECIDE),
    "held": (_("it was on its way when sending was put on hold"), _DECIDE),
    "no_status": (_("the provider's answer does not mention it"), _DECIDE),
    "repeated": (_("the provider had seen it before, and does not say what became of it"), _DECIDE),
    "no_content": (
        _("the message has no text for this channel or language"),
        _("Complete the template's variants for the next message."),
    ),
    "unsupported": (
        _("the provider cannot send what it contains"),
        _("Look at the text of the refusal; change the template or the provider's settings."),
    ),
    "connect": (
        _("the provider was not reached"),
        _CHECK_NETWORK,
    ),
    "malformed": (_("the address or a header is not valid"), _CHECK_ADDRESS),
    "smtputf8": (
        _("the mail server takes only ASCII before the @"),
        _("Ask the reader for another address, or send through a server with SMTPUTF8."),
    ),
    "invalid": (_("the address is not valid there"), _CHECK_ADDRESS),
    "rejected": (_("the provider refused the recipient"), _CHECK_ADDRESS),
    "failed": (
        _("the provider refused the message"),
        _("Look it up in the provider's log."),
    ),
    "bounced": (_("the mailbox does not exist or refuses us"), _CHECK_ADDRESS),
    "timed_out": (_("the mail server did not answer for too long"), _("Try another channel.")),
    "blocked": (_("refused as unwanted"), _CHECK_STANDING),
    "spam": (_("refused as unwanted"), _CHECK_STANDING),
    "other": (
        _("the provider gives no reason"),
        _("Look it up in the provider's log."),
    ),
}
# What Python calls the ways in which a connection fails, to a mail server above all.
CONNECTIONS: Mapping[str, tuple[Any, Any]] = {
    "ConnectionRefusedError": (_("nobody answers at the server's address"), _CHECK_NETWORK),
    "gaierror": (_("the server's name is not known"), _CHECK_NETWORK),
    "TimeoutError": (_("the server did not answer in time"), _CHECK_NETWORK),
    "ReadTimeout": (_("the server did not answer in time"), _CHECK_NETWORK),
    "OSError": (_("the server was not reached"), _CHECK_NETWORK),
    "ConnectionResetError": (_("the connection broke"), _CHECK_NETWORK),
    "ConnectionAbortedError": (_("the connection broke"), _CHECK_NETWORK),
    "BrokenPipeError": (_("the connection broke"), _CHECK_NETWORK),
    "SMTPServerDisconnected": (_("the server hung up"), _CHECK_NETWORK),
    "SMTPConnectError": (_("the server did not greet us"), _CHECK_NETWORK),
    "SSLError": (_("no encrypted connection came about"), _CHECK_NETWORK),
    "SSLCertVerificationError": (
        _("the server's certificate is not valid"),
        _("Correct the server's name in the settings, or have its certificate renewed."),
    ),
    "SMTPNotSupportedError": (
        _("the server does not offer what the settings ask for"),
        _("Check encryption and log-in in the settings."),
    ),
}
# SMTP replies (RFC 5321 §4.2.3), then https://www.twilio.com/docs/api/errors.
WORDS: Mapping[str, tuple[Any, Any]] = {
    **OURS,
    **CONNECTIONS,
    "530": (_("the server wants a log-in"), _CHECK_ACCOUNT),
    "535": (_("the log-in is refused"), _CHECK_ACCOUNT),
    "20003": (_("the log-in is refused"), _CHECK_ACCOUNT),
    "550": (_("the mailbox does not exist or refuses us"), _CHECK_ADDRESS),
    "551": (_("the mailbox is elsewhere"), _CHECK_ADDRESS),
    "552": (
        _("the mailbox is full, or the message too large"),
        _("Ask the reader on another channel to make room."),
    ),
    "553": (_("the address is not valid there"), _CHECK_ADDRESS),
    "554": (_("refused as unwanted"), _CHECK_STANDING),
    "21211": (_("no valid telephone number"), _("Correct the number in the contact.")),
    "21408": (
        _("texts to this country are not permitted"),
        _("Permit the country under Messaging geographic permissions in the Twilio console."),
    ),
    "21610": (
        _("answered STOP"),
        _("Nothing: only the reader can undo it, by answering START."),
    ),
    "21612": (
        _("this sender cannot text that number"),
        _("Add a sender for this country to the messaging service."),
    ),
    "21614": (_("no mobile number"), _("Correct the number in the contact.")),
    "30003": (_("the telephone is switched off or out of reach"), _("Try another channel.")),
    "30004": (_("the reader or the carrier blocks us"), _("Try another channel.")),
    "30005": (_("the number is not in use"), _("Correct the number in the contact.")),
    "30006": (_("a landline"), _("Correct the number in the contact.")),
    "30007": (
        _("the carrier filtered it as unwanted"),
        _("Check wording and links; register the sender; ask Twilio with the message's id."),
    ),
    "30008": (_("the carrier gives no reason"), _("Try another channel.")),
    "30034": (_("the sender is not registered"), _CHECK_REGISTRATION),
}
_BY_STATE: Mapping[str, tuple[Any, Any]] = {
    State.EXPIRED: (
        _("no longer news when its turn came"),
        _("Find out what held it up: a pause, a stopped channel, a rate limit, no sender."),
    ),
    State.CANCELLED: (_("the broadcast was cancelled"), ""),
    State.COMPLAINED: (
        _("marked as unwanted by the reader"),
        _("Nothing: the address is suppressed."),
    ),
    State.UNKNOWN: (
        _("nobody knows whether it arrived"),
        _DECIDE,
    ),
}


def providers(code: str) -> str:
    """For whoever looks it up there; "" where the code says no more than our words."""
    return "" if code in OURS or code in CONNECTIONS else code


def words(state: str, code: str) -> tuple[str, str]:
    """What happened, and the fix; both "" where only the provider's own text can tell."""
    what, fix = WORDS.get(code) or _BY_STATE.get(state) or ("", "")
    return str(what), str(fix)
