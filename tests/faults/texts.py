"""The embedded stand-in for Twilio, which here writes down what it accepts, and misbehaves more.

python -m tests.faults.texts FOLDER PORT
"""

import asyncio
import re
import sys
from pathlib import Path

from aiohttp import web
from django.conf import settings

from embedded.status_callbacks import StatusCallbacks
from embedded.store import Store, Text
from embedded.twilio_api import TwilioApi
from embedded.twilio_faults import KINDS, Accepted, Fault
from embedded.twilio_requests import Request
from tests.faults.journal import ACCEPTED, Journal
from tests.faults.orders import Ordered

REFRESH_SECONDS = 0.05
# A callback that comes late comes after those that follow it.
LATE_SECONDS = 2.0
_DELIVERY = re.compile(r"/(\d+)/(?:$|[?#])")


class Api(TwilioApi):
    def __init__(self, journal: Journal, orders: Ordered, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.journal, self.orders = journal, orders

    async def create(self, request: web.Request) -> web.Response:
        # Half of the time it has the text already, and nobody has its answer.
        await asyncio.sleep(self.orders.now.delay / 2)
        answer = await super().create(request)
        await asyncio.sleep(self.orders.now.delay / 2)
        return answer

    def _fault(self, to: str) -> Fault | None:
        kind = self.orders.draw("create")
        if kind:
            self.journal.write(f"create {kind}", recipient=to)
        return KINDS[kind] if kind else None

    def _accept(self, wanted: Request, fate: Accepted) -> Text:
        found = _DELIVERY.search(wanted.callback)
        self.journal.write(
            ACCEPTED,
            id=int(found.group(1)) if found else 0,
            recipient=wanted.to,
            body=wanted.body.encode(),
        )
        return super()._accept(wanted, fate)


class Callbacks(StatusCallbacks):
    """Loses, doubles and reorders what Twilio only promises to try."""

    def __init__(self, orders: Ordered, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.orders = orders

    async def _post(self, text: Text, status: str) -> None:
        match self.orders.draw("callback"):
            case "lose":
                return
            case "double":
                await super()._post(text, status)
            case "late":
                later = asyncio.create_task(self._post_later(text, status))
                self._tasks.add(later)
                later.add_done_callback(self._tasks.discard)
                return
        await super()._post(text, status)

    async def _post_later(self, text: Text, status: str) -> None:
        await asyncio.sleep(LATE_SECONDS)
        await super()._post(text, status)


async def serve(folder: Path, port: int, *, account: str, token: str) -> None:
    orders = Ordered(folder / "texts.json")
    with Store(folder / "texts.sqlite3") as store:
        callbacks = Callbacks(orders, store, account=account, token=token)
        await callbacks.start()
        application = web.Application()
        journal = Journal(folder / "texts")
        api = Api(journal, orders, store, callbacks, account=account, token=token)
        api.add_routes(application.router)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        while True:
            orders.refresh()
            await asyncio.sleep(REFRESH_SECONDS)


def main() -> None:
    asyncio.run(
        serve(
            Path(sys.argv[1]),
            int(sys.argv[2]),
            account=settings.TWILIO_ACCOUNT_SID,
            token=settings.TWILIO_AUTH_TOKEN,
        )
    )


if __name__ == "__main__":
    main()
