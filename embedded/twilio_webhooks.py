"""How Twilio posts to a webhook: a form, signed over the address and every field."""

import secrets
from collections.abc import Mapping
from urllib.parse import urldefrag

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)


async def post(
    session: aiohttp.ClientSession, *, token: str, url: str, fields: Mapping[str, str]
) -> tuple[int, str]:
    """Returns the status and the body of the answer.

    :raises aiohttp.ClientError, TimeoutError, ValueError: nobody answers there.
    """
    url = urldefrag(url).url
    headers = {
        "X-Twilio-Signature": RequestValidator(token).compute_signature(url, fields),
        "I-Twilio-Idempotency-Token": secrets.token_hex(16),
        "User-Agent": "TwilioProxy/1.1",
    }
    # The address is signed as it was written, so it must not be quoted anew.
    target = URL(url, encoded=True)
    async with session.post(target, data=fields, headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.text()
