"""What happens to a text after it was accepted, told to its StatusCallback with a signature."""

import asyncio
import logging

import aiohttp

from embedded import twilio_webhooks
from embedded.store import Store, Text
from embedded.twilio_shapes import API_VERSION

log = logging.getLogger(__name__)

SENT_AFTER_SECONDS = 0.1
SETTLED_AFTER_SECONDS = 0.3
AT_ONCE = 20


class StatusCallbacks:
    """Moves every text on to sent, then delivered or undelivered; one call each, no retries."""

    def __init__(self, store: Store, *, account: str, token: str) -> None:
        self._store = store
        self._account = account
        self._token = token
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=twilio_webhooks.TIMEOUT)
        for text in self._store.texts_in("accepted", "queued", "sent"):
            self.follow(text)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()

    def follow(self, text: Text) -> None:
        """Play the rest of a text's life, without keeping anybody waiting."""
        task = asyncio.create_task(self._live(text))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _live(self, text: Text) -> None:
        if text.status != "sent":
            await asyncio.sleep(SENT_AFTER_SECONDS)
            await self._move_on(text, "sent")
        await asyncio.sleep(SETTLED_AFTER_SECONDS)
        await self._move_on(text, "undelivered" if text.error_code else "delivered")

    async def _move_on(self, text: Text, status: str) -> None:
        self._store.set_status(sid=text.sid, status=status)
        if not text.status_callback:
            return
        async with self._slots:
            try:
                await self._post(text, status)
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                log.warning("Callback of %s (%s) failed: %s", text.sid, status, type(error))

    async def _post(self, text: Text, status: str) -> None:
        answered, _body = await twilio_webhooks.post(
            self._session,
            token=self._token,
            url=text.status_callback,
            fields=self._fields(text, status),
        )
        if answered >= 400:
            log.warning("Callback of %s (%s): HTTP %s", text.sid, status, answered)

    def _fields(self, text: Text, status: str) -> dict[str, str]:
        fields = {
            "AccountSid": self._account,
            "ApiVersion": API_VERSION,
            "From": text.sender,
            "MessageSid": text.sid,
            "MessageStatus": status,
            "SmsSid": text.sid,
            "SmsStatus": status,
            "To": text.recipient,
        }
        if text.service:
            fields["MessagingServiceSid"] = text.service
        if status == "undelivered":
            fields["ErrorCode"] = str(text.error_code)
        return fields
