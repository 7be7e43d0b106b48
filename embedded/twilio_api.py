"""A stand-in for Twilio's Messages API: same paths, answers, error codes and callbacks.

https://www.twilio.com/docs/messaging/api/message-resource
"""

import asyncio
import hmac
import secrets
from datetime import UTC, datetime

from aiohttp import BasicAuth, web

from embedded import segments, twilio_shapes
from embedded.status_callbacks import StatusCallbacks
from embedded.store import NewText, Store, Text
from embedded.twilio_faults import KINDS, NUMBERS, Accepted, Fault, Refusal
from embedded.twilio_requests import Request

MAX_PAGE_SIZE = 1_000
SILENT_SECONDS = 120
# The number the stand-in's messaging services send from.
SERVICE_NUMBER = "+15005550006"

NOT_AUTHENTIC = Refusal(401, 20003, "Authenticate")
NOT_FOUND = Refusal(404, 20404, "The requested resource was not found")


class TwilioApi:
    """The routes of one account."""

    def __init__(
        self, store: Store, callbacks: StatusCallbacks, *, account: str, token: str
    ) -> None:
        self._store = store
        self._callbacks = callbacks
        self._account = account
        self._token = token

    def add_routes(self, router: web.UrlDispatcher) -> None:
        messages = f"/{twilio_shapes.API_VERSION}/Accounts/{{account}}/Messages"
        router.add_post(f"{messages}.json", self.create)
        router.add_get(f"{messages}.json", self.list)
        router.add_get(f"{messages}/{{sid}}.json", self.fetch)

    async def create(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return _refused(refusal)
        form = await request.post()
        wanted = Request(
            to=str(form.get("To", "")).strip(),
            sender=str(form.get("From", "")).strip(),
            service=str(form.get("MessagingServiceSid", "")).strip(),
            body=str(form.get("Body", "")),
            callback=str(form.get("StatusCallback", "")),
            validity=str(form.get("ValidityPeriod", "")),
        )
        fault: Fault | None = wanted.problem() or self._fault(wanted.to)
        if isinstance(fault, Refusal):
            return _refused(fault, to=wanted.to)
        text = self._accept(wanted, fault or Accepted())
        if fault and fault.is_silent:
            await _say_nothing(request)
        if fault and fault.answer:
            return _refused(fault.answer)
        return web.json_response(twilio_shapes.message(text, account=self._account), status=201)

    def _accept(self, wanted: Request, fate: Accepted) -> Text:
        new = NewText(
            sid=f"SM{secrets.token_hex(16)}",
            sender=wanted.sender or SERVICE_NUMBER,
            service=wanted.service,
            recipient=wanted.to,
            body=wanted.body,
            segments=segments.count(wanted.body),
            status_callback=wanted.callback,
            status="queued" if wanted.sender else "accepted",
            error_code=fate.error_code,
        )
        text = self._store.add_text(new)
        self._callbacks.follow(text)
        return text

    async def list(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return _refused(refusal)
        query = dict(request.query)
        try:
            number = int(query.pop("Page", "0"))
            size = min(int(query.pop("PageSize", "50")), MAX_PAGE_SIZE)
            to = query.get("To")
            found = self._store.texts_to(to)[::-1] if to else self._store.texts()
            texts = [text for text in found if _matches(text, query)]
        except ValueError:
            return _refused(Refusal(400, 20001, "A parameter is no number or no date"))
        shown = twilio_shapes.page(
            texts, account=self._account, query=query, number=max(number, 0), size=max(size, 1)
        )
        return web.json_response(shown)

    async def fetch(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return _refused(refusal)
        text = self._store.text(request.match_info["sid"])
        if text is None:
            return _refused(NOT_FOUND)
        return web.json_response(twilio_shapes.message(text, account=self._account))

    def _refusal(self, request: web.Request) -> Refusal | None:
        try:
            given = BasicAuth.decode(request.headers.get("Authorization", ""))
        except ValueError:
            return NOT_AUTHENTIC
        expected = f"{self._account}:{self._token}".encode()
        if not hmac.compare_digest(f"{given.login}:{given.password}".encode(), expected):
            return NOT_AUTHENTIC
        return None if request.match_info["account"] == self._account else NOT_FOUND

    def _fault(self, to: str) -> Fault | None:
        kind = NUMBERS.get(to) or self._store.take_fault()
        return KINDS[kind] if kind else None


def _matches(text: Text, query: dict[str, str]) -> bool:
    sent = datetime.fromtimestamp(text.at, UTC)
    sender, on = query.get("From"), query.get("DateSent")
    since, until = query.get("DateSent>"), query.get("DateSent<")
    return (
        (not sender or sender == text.sender)
        and (not on or _moment(on).date() == sent.date())
        and (not since or sent >= _moment(since))
        and (not until or sent <= _moment(until))
    )


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _say_nothing(request: web.Request) -> None:
    await asyncio.sleep(SILENT_SECONDS)
    if request.transport:
        request.transport.close()


def _refused(refusal: Refusal, *, to: str = "") -> web.Response:
    body = twilio_shapes.error(
        status=refusal.status, code=refusal.code, text=refusal.message.format(to=to)
    )
    headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if refusal.status == 401 else {}
    return web.json_response(body, status=refusal.status, headers=headers)
