"""What each e-mail provider behind Anymail can take in one call, and where it differs.

One call for many is used only where every recipient's own words, headers and metadata can go with
it and the answer tells them apart; everybody else gets one call for each message. Two ways do it:
providers that take a list of whole messages (`whole`), and one that fills in variables
(`variable`). What a vendor stores as a template is never used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# More at once would be faster still, but a time-out leaves so many outcomes unknown.
MOST_PER_CALL = 100


@dataclass(frozen=True)
class Whole:
    """Where a call for many has its list of messages, and the names of a message's parts there."""

    path: tuple[str, ...]
    subject: str
    text: str
    html: str
    # The call itself has to have words too, for messages without their own; there are none.
    has_default: bool = False


@dataclass(frozen=True)
class Provider:
    """One message for each call, unless `whole` or `variable` says how many share one."""

    most: int = 1
    whole: Whole | None = None
    variable: str = ""
    # The delivery's number comes back in the provider's events.
    takes_metadata: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    # It sends other characters in headers in a way that breaks the message.
    ascii_headers: bool = False
    # It reads {{…}} in everything as its own template language.
    reads_braces: bool = False
    # What it calls invalid or rejected is about the address, never about us.
    blames_address: bool = False
    # Under which HTTP header, or header of the message, it takes a key and never repeats a call.
    key_http_header: str = ""
    key_header: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def per_call(self) -> int:
        return min(self.most, MOST_PER_CALL)

    @property
    def has_key(self) -> bool:
        return bool(self.key_http_header or self.key_header)


PROVIDERS = {
    # 500 whole messages: https://postmarkapp.com/developer/user-guide/send-email-with-api/batch-emails
    # No key of ours is honoured (https://postmarkapp.com/support/article/what-is-an-idempotency-key),
    # and our Message-ID only with X-PM-KeepID. Its bulk API has another format.
    "Postmark": Provider(
        most=500,
        whole=Whole((), "Subject", "TextBody", "HtmlBody"),
        headers={"X-PM-KeepID": "true"},
        blames_address=True,
        options={"use_bulk_api": False},
    ),
    # 1,000 versions: https://developers.brevo.com/docs/batch-send-transactional-emails
    # A key for 30 minutes: https://developers.brevo.com/docs/heterogenous-versions-batch-emails
    "Brevo": Provider(
        most=1_000,
        whole=Whole(
            ("messageVersions",), "subject", "textContent", "htmlContent", has_default=True
        ),
        ascii_headers=True,
        reads_braces=True,
        key_header="idempotencyKey",
    ),
    # 100 whole messages: https://resend.com/docs/dashboard/emails/batch-sending
    # A key for 24 hours: https://resend.com/docs/dashboard/emails/idempotency-keys
    "Resend": Provider(
        most=100, whole=Whole((), "subject", "text", "html"), key_http_header="Idempotency-Key"
    ),
    # 500 whole messages: https://docs.mailtrap.io/developers/email-sending/transactional
    "Mailtrap": Provider(most=500, whole=Whole(("requests",), "subject", "text", "html")),
    # 50 whole messages: https://dev.mailjet.com/email/guides/send-api-v31/
    "Mailjet": Provider(most=50, whole=Whole(("Messages",), "Subject", "TextPart", "HTMLPart")),
    # 1,000 recipients of one text with variables, put in as they are, so those of the HTML part are
    # escaped by us: https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/batch-sending
    "Mailgun": Provider(most=1_000, variable="%recipient.{}%"),
    # It says how many of a call it refused, not which; List-Unsubscribe is replaced by its own:
    # https://developers.sparkpost.com/api/transmissions/
    "SparkPost": Provider(reads_braces=True),
    # Of headers, only List-Unsubscribe may differ: https://godocs.unisender.ru/web-api-ref#email-send
    "Unisender Go": Provider(reads_braces=True, blames_address=True),
    # No headers for each recipient: https://mailchimp.com/developer/transactional/api/messages/
    # "Rejected" may mean that we are unsigned or over a limit.
    "Mandrill": Provider(),
    # No headers for each recipient, no metadata; its list of recipients is shown to all of them,
    # or the answer has no ids: https://developers.mailersend.com/api/v1/email.html
    "MailerSend": Provider(takes_metadata=False, reads_braces=True, blames_address=True),
    # Many only with a stored template:
    # https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendBulkEmail.html
    "Amazon SES": Provider(),
    # One text for all of a call; Anymail no longer tests its substitutions:
    # https://anymail.dev/en/stable/esps/sendgrid/
    "SendGrid": Provider(),
    # No call for many: https://docs.postalserver.io/developer/api,
    # https://www.scaleway.com/en/developers/api/transactional-email/
    "Postal": Provider(takes_metadata=False),
    "Scaleway": Provider(),
}

ONE_EACH = Provider()


def of(esp_name: str) -> Provider:
    return PROVIDERS.get(esp_name, ONE_EACH)
