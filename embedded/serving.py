"""Both stand-ins in one process: the mail catcher, and Twilio's API with the inbox."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from django.conf import settings

from embedded.fault_orders import FaultOrders
from embedded.inbox import Inbox
from embedded.inbox_json import InboxJson
from embedded.mail_catcher import MailServer
from embedded.pages import guard
from embedded.status_callbacks import StatusCallbacks
from embedded.store import Store
from embedded.twilio_api import TwilioApi
from embedded.twilio_inbound import InboundTexts

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    smtp: int
    http: int


@asynccontextmanager
async def standins(store: Store, ports: Ports) -> AsyncIterator[Ports]:
    """Serve on the loopback interface, and say on which ports: 0 asks for a free one."""
    async with AsyncExitStack() as stack:
        mail_server = MailServer(store)
        stack.push_async_callback(mail_server.stop)
        smtp = await mail_server.start(host=HOST, port=ports.smtp)
        callbacks = StatusCallbacks(
            store, account=settings.TWILIO_ACCOUNT_SID, token=settings.TWILIO_AUTH_TOKEN
        )
        await callbacks.start()
        stack.push_async_callback(callbacks.stop)
        runner = web.AppRunner(
            _application(store, callbacks),
            handler_cancellation=True,
            access_log=None,
            shutdown_timeout=1,
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, HOST, ports.http).start()
        yield Ports(smtp=smtp, http=int(runner.addresses[0][1]))


def _application(store: Store, callbacks: StatusCallbacks) -> web.Application:
    application = web.Application(middlewares=[guard])
    ours = {"account": settings.TWILIO_ACCOUNT_SID, "token": settings.TWILIO_AUTH_TOKEN}
    twilio = TwilioApi(store, callbacks, **ours)
    inbound = InboundTexts(store, callbacks, **ours)
    for part in (twilio, inbound, FaultOrders(store), Inbox(store), InboxJson(store)):
        part.add_routes(application.router)
    return application
