"""The inbox for programs: counts, one person's messages, and a way to empty it."""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from embedded import letters, threads
from embedded.store import Mail, Store


class InboxJson:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/inbox/counts.json", self.counts)
        router.add_get("/inbox/messages.json", self.messages)
        router.add_delete("/inbox", self.clear)

    async def counts(self, request: web.Request) -> web.Response:
        return web.json_response(asdict(self._store.counts()))

    async def messages(self, request: web.Request) -> web.Response:
        """Answer what one address got, oldest first: ?to=ADDRESS."""
        to = threads.address(request.query.get("to", ""))
        return web.json_response(
            {
                "mails": [_mail(mail) for mail in self._store.mails_to(to)],
                "texts": [asdict(text) for text in self._store.texts_to(to)],
            }
        )

    async def clear(self, request: web.Request) -> web.Response:
        self._store.clear()
        return web.Response(status=204)


def _mail(mail: Mail) -> dict[str, Any]:
    letter = letters.opened(mail.raw)
    return {
        "id": mail.id,
        "at": mail.at,
        "sender": mail.sender,
        "recipient": mail.recipient,
        "message_id": mail.message_id,
        "subject": mail.subject,
        "headers": letter.headers,
        "text": letter.text,
        "html": letter.html,
    }
