"""The stand-ins, served from a thread of the test's own process."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from embedded.serving import Ports, standins
from embedded.store import Store


@dataclass(frozen=True)
class Standins:
    ports: Ports
    store: Store

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports.http}"

    def get(self, path: str, **options: object) -> requests.Response:
        return requests.get(f"{self.url}{path}", timeout=10, **options)

    def post(self, path: str, **options: object) -> requests.Response:
        return requests.post(f"{self.url}{path}", timeout=10, **options)


def _serve(path: Path, up: "Future[tuple[Ports, Callable[[], object]]]") -> None:
    async def main() -> None:
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        with Store(path) as store:
            async with standins(store, Ports(smtp=0, http=0)) as ports:
                up.set_result((ports, lambda: loop.call_soon_threadsafe(over.set)))
                await over.wait()

    try:
        asyncio.run(main())
    except BaseException as error:
        if up.done():
            raise
        up.set_exception(error)


@pytest.fixture
def standins_at_work(tmp_path: Path) -> Iterator[Standins]:
    """Both servers, and the store in which they keep what they catch."""
    path = tmp_path / "caught.sqlite3"
    up: Future[tuple[Ports, Callable[[], object]]] = Future()
    server = threading.Thread(target=_serve, args=(path, up))
    server.start()
    ports, stop = up.result(timeout=60)
    with Store(path) as store:
        yield Standins(ports, store)
    stop()
    server.join(timeout=10)
    assert not server.is_alive()
