"""Where one tells the stand-in for Twilio to misbehave for its next requests: /faults."""

from aiohttp import web

from embedded.store import Store
from embedded.twilio_faults import KINDS, NUMBERS


class FaultOrders:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_post("/faults", self.order)
        router.add_get("/faults", self.show)
        router.add_delete("/faults", self.forget)

    async def order(self, request: web.Request) -> web.Response:
        """Take {"kind": …, "count": …}: the next requests that could be accepted play it."""
        try:
            order = await request.json()
            kind, count = str(order["kind"]), int(order.get("count", 1))
        except (ValueError, KeyError, TypeError, AttributeError):
            kind, count = "", 0
        if kind not in KINDS or count < 1:
            known = {"error": "send a kind and a count above 0", "kinds": sorted(KINDS)}
            return web.json_response(known, status=400)
        self._store.add_fault(kind=kind, count=count)
        return await self.show(request)

    async def show(self, request: web.Request) -> web.Response:
        orders = [{"kind": each.kind, "count": each.remaining} for each in self._store.faults()]
        return web.json_response({"faults": orders, "kinds": sorted(KINDS), "numbers": NUMBERS})

    async def forget(self, request: web.Request) -> web.Response:
        self._store.clear_faults()
        return web.Response(status=204)
