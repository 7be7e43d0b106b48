"""The inbox of everybody: pages on which one reads what each person got."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from django.conf import settings

from embedded import letters, threads
from embedded.mail_faults import FAULTS
from embedded.pages import page
from embedded.store import Mail, Store
from embedded.twilio_faults import NUMBERS

STYLES = Path(__file__).parent / "assets" / "inbox.css"
PEOPLE_A_PAGE = 100


class Inbox:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/", self.root)
        router.add_get("/inbox", self.people)
        router.add_get("/inbox/person", self.person)
        router.add_get(r"/inbox/mails/{id:\d+}", self.mail)
        router.add_get(r"/inbox/mails/{id:\d+}/source.eml", self.source)
        router.add_get(r"/inbox/mails/{id:\d+}/attachments/{number:\d+}", self.attachment)
        router.add_get("/inbox/clear", self.confirm_clear)
        router.add_post("/inbox/clear", self.clear)
        router.add_get("/inbox/inbox.css", self.styles)

    async def root(self, request: web.Request) -> web.Response:
        raise web.HTTPFound("/inbox")

    async def styles(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(STYLES)

    async def people(self, request: web.Request) -> web.Response:
        return page(request, "people.html", self._people(request))

    async def person(self, request: web.Request) -> web.Response:
        """Show one person's thread; whoever has a mail address and a number has `to` twice."""
        addresses = [threads.address(each) for each in request.query.getall("to", [])]
        entries = threads.thread(self._store, addresses=addresses)
        shown = {"addresses": addresses, "entries": entries}
        return page(request, "person.html", self._people(request) | shown)

    async def mail(self, request: web.Request) -> web.Response:
        mail = self._mail(request)
        entry = threads.entry_of_mail(mail)
        assert entry.letter
        default = "html" if entry.letter.html else "text"
        shown = {
            "entry": entry,
            "addresses": [mail.recipient],
            "show": request.query.get("show", default),
            "source": mail.raw.decode("utf-8", "replace"),
        }
        return page(request, "mail.html", self._people(request) | shown)

    async def source(self, request: web.Request) -> web.Response:
        mail = self._mail(request)
        return _download(mail.raw, name=f"{mail.id}.eml", kind="message/rfc822")

    async def attachment(self, request: web.Request) -> web.Response:
        attachments = letters.opened(self._mail(request).raw).attachments
        number = int(request.match_info["number"])
        if number >= len(attachments):
            raise web.HTTPNotFound
        found = attachments[number]
        return _download(found.content, name=found.name, kind="application/octet-stream")

    async def confirm_clear(self, request: web.Request) -> web.Response:
        return page(request, "clear.html", {"counts": self._store.counts()})

    async def clear(self, request: web.Request) -> web.Response:
        self._store.clear()
        raise web.HTTPSeeOther("/inbox")

    def _mail(self, request: web.Request) -> Mail:
        mail = self._store.mail(int(request.match_info["id"]))
        if mail is None:
            raise web.HTTPNotFound
        return mail

    def _people(self, request: web.Request) -> dict[str, Any]:
        search = request.query.get("q", "").strip()
        number = request.query.get("page", "0")
        at = int(number) if number.isdecimal() else 0
        found = self._store.people(
            search=search, limit=PEOPLE_A_PAGE + 1, offset=at * PEOPLE_A_PAGE
        )
        return {
            "people": [
                {"who": each, "last_at": datetime.fromtimestamp(each.last_at, UTC)}
                for each in found[:PEOPLE_A_PAGE]
            ],
            "search": search,
            "page": at,
            "next_page": at + 1 if len(found) > PEOPLE_A_PAGE else None,
            "previous_page": at - 1 if at else None,
            "counts": self._store.counts(),
            "smtp_port": settings.EMBEDDED_SMTP_PORT,
            "product": settings.PUBLIC_BASE_URL,
            "mail_faults": FAULTS,
            "sms_faults": NUMBERS,
        }


def _download(content: bytes, *, name: str, kind: str) -> web.Response:
    safe = "".join(character for character in name if character.isalnum() or character in "._-")
    headers = {"Content-Disposition": f'attachment; filename="{safe or "attachment"}"'}
    return web.Response(body=content, content_type=kind, headers=headers)
