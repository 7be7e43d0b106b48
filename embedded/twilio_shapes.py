"""The JSON that Twilio's Messages resource is made of."""

from collections.abc import Sequence
from email.utils import formatdate
from typing import Any
from urllib.parse import urlencode

from embedded.store import Text

API_VERSION = "2010-04-01"
# What a text with this code becomes; every other code means undelivered.
ERROR_MESSAGES = {
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
}


def messages_uri(account: str) -> str:
    return f"/{API_VERSION}/Accounts/{account}/Messages"


def message(text: Text, *, account: str) -> dict[str, Any]:
    uri = f"{messages_uri(account)}/{text.sid}"
    is_waiting = text.status in ("accepted", "queued")
    error_code = text.error_code if text.status == "undelivered" else None
    return {
        "account_sid": account,
        "api_version": API_VERSION,
        "body": text.body,
        "date_created": formatdate(text.at),
        "date_sent": None if is_waiting else formatdate(text.updated_at),
        "date_updated": formatdate(text.updated_at),
        "direction": "outbound-api",
        "error_code": error_code,
        "error_message": ERROR_MESSAGES[error_code] if error_code else None,
        # A messaging service picks its number and counts segments only when it sends.
        "from": None if text.status == "accepted" else text.sender,
        "messaging_service_sid": text.service or None,
        "num_media": "0",
        "num_segments": "0" if text.status == "accepted" else str(text.segments),
        "price": None,
        "price_unit": "USD",
        "sid": text.sid,
        "status": text.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": text.recipient,
        "uri": f"{uri}.json",
    }


def page(
    texts: Sequence[Text], *, account: str, query: dict[str, str], number: int, size: int
) -> dict[str, Any]:
    """One page of a list, with the links to its neighbours."""

    def uri(of: int) -> str:
        return f"{messages_uri(account)}.json?" + urlencode({**query, "PageSize": size, "Page": of})

    start, end = number * size, (number + 1) * size
    shown = [message(text, account=account) for text in texts[start:end]]
    return {
        "end": start + max(len(shown) - 1, 0),
        "first_page_uri": uri(0),
        "messages": shown,
        "next_page_uri": uri(number + 1) if len(texts) > end else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": uri(number - 1) if number else None,
        "start": start,
        "uri": uri(number),
    }


def error(*, status: int, code: int, text: str) -> dict[str, Any]:
    return {
        "code": code,
        "message": text,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
