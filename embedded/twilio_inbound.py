"""Where one writes a text as one of the people: POST /texts. It goes to the product's webhook."""

import secrets
from xml.etree import ElementTree

import aiohttp
from aiohttp import web
from django.conf import settings

from embedded import segments, twilio_webhooks
from embedded.status_callbacks import StatusCallbacks
from embedded.store import NewText, Store
from embedded.twilio_requests import E164
from embedded.twilio_shapes import API_VERSION

# The stand-in's only number, to which everybody answers.
OUR_NUMBER = "+15005550006"
WEBHOOK = "/hooks/twilio/inbound/"


class InboundTexts:
    def __init__(
        self, store: Store, callbacks: StatusCallbacks, *, account: str, token: str
    ) -> None:
        self._store = store
        self._callbacks = callbacks
        self._account = account
        self._token = token

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_post("/texts", self.write)

    async def write(self, request: web.Request) -> web.Response:
        """Take {"from": "+49…", "body": "STOP"}, and answer what was said in return.

        With "opt_out_type" it plays Twilio's Advanced Opt-Out, which has answered already.
        """
        try:
            order = await request.json()
            sender, body = str(order["from"]), str(order["body"])
            opt_out_type = str(order.get("opt_out_type", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            sender = ""
        if not E164.fullmatch(sender):
            return web.json_response({"error": "send a number (from) and a body"}, status=400)
        fields = self._fields(sender, body, opt_out_type)
        try:
            status, answer = await self._post(fields)
            said = self._said(answer) if status == 200 else []
        except (aiohttp.ClientError, TimeoutError, ElementTree.ParseError) as error:
            return web.json_response({"error": type(error).__name__}, status=502)
        for words in said:
            self._send(sender, words)
        return web.json_response({"sid": fields["MessageSid"], "status": status, "answers": said})

    async def _post(self, fields: dict[str, str]) -> tuple[int, str]:
        async with aiohttp.ClientSession(timeout=twilio_webhooks.TIMEOUT) as session:
            url = settings.PUBLIC_BASE_URL + WEBHOOK
            return await twilio_webhooks.post(session, token=self._token, url=url, fields=fields)

    def _fields(self, sender: str, body: str, opt_out_type: str) -> dict[str, str]:
        sid = f"SM{secrets.token_hex(16)}"
        fields = {
            "AccountSid": self._account,
            "ApiVersion": API_VERSION,
            "Body": body,
            "From": sender,
            "MessageSid": sid,
            "NumMedia": "0",
            "NumSegments": str(segments.count(body)),
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "SmsStatus": "received",
            "To": OUR_NUMBER,
        }
        return fields | ({"OptOutType": opt_out_type} if opt_out_type else {})

    @staticmethod
    def _said(twiml: str) -> list[str]:
        """Like Twilio, take nothing but well-formed TwiML.

        :raises ElementTree.ParseError: it is none.
        """
        root = ElementTree.fromstring(twiml)
        if root.tag != "Response":
            raise ElementTree.ParseError(root.tag)
        return ["".join(message.itertext()) for message in root.iter("Message")]

    def _send(self, to: str, words: str) -> None:
        new = NewText(
            sid=f"SM{secrets.token_hex(16)}",
            sender=OUR_NUMBER,
            service="",
            recipient=to,
            body=words,
            segments=segments.count(words),
            status_callback="",
            status="queued",
            error_code=None,
        )
        self._callbacks.follow(self._store.add_text(new))
