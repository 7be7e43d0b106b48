"""A crowd that opens its links and answers; the last line says how it went, as JSON.

python -m benchmarks.visiting FOLDER ADDRESS HOST SECONDS [rush]

Nobody waits for anybody: each request has its moment, and its time counts from there, however late
it was really asked.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from benchmarks import visits
from benchmarks.visits import Person

PATIENCE_SECONDS = 30
_FIELD = re.compile(r'name="(q\d+)"')
_ASSET = re.compile(r'<(?:link|script)[^>]* (?:href|src)="(/[^"]+)"')
# As a proxy of ours would hand them over, all from one network.
_HEADERS = {
    "Accept-Encoding": "gzip",
    "Accept-Language": "de-DE,de;q=0.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "192.0.2.10",
}


class Crowd:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.names: list[str] = []
        self.assets: list[str] = []
        self.ms: dict[str, list[float]] = defaultdict(list)
        self.errors: Counter[str] = Counter()
        self.began = 0.0

    async def prepare(self, path: str) -> None:
        """Look at one form: all have the same fields and the same style."""
        async with self.session.get(path, headers={"Accept-Encoding": "identity"}) as answer:
            page = await answer.text()
        self.names = list(dict.fromkeys(_FIELD.findall(page)))
        self.assets = _ASSET.findall(page)

    async def come(self, people: list[Person]) -> None:
        self.began = time.monotonic()
        await asyncio.gather(*map(self._person, people), *map(self._scanner, people))

    async def _person(self, person: Person) -> None:
        opened = await self._ask("open", person.opens_at, person.path + _click(person))
        await asyncio.gather(*(self._ask("asset", opened, asset) for asset in self.assets))
        form = visits.form(person, person.score, self.names)
        moments = [person.sends_at] + [person.sends_at + 0.15] * person.is_hasty
        await asyncio.gather(*(self._ask("send", at, person.path, form) for at in moments))
        if person.changes_at is not None:
            at = person.changes_at
            await self._ask("open", at, person.path)
            form = visits.form(person, person.last_score, self.names)
            await self._ask("send", at + (at - person.sends_at), person.path, form)

    async def _scanner(self, person: Person) -> None:
        if person.scans_at is not None:
            await self._ask("look", person.scans_at, person.path, method="HEAD")
            await self._ask("open", person.scans_at + 0.5, f"{person.path}?score=1")

    async def _ask(
        self, kind: str, at: float, path: str, form: bytes | None = None, method: str = ""
    ) -> float:
        """Ask at that moment; returns when the answer had come."""
        due = self.began + at
        await asyncio.sleep(due - time.monotonic())
        method = method or ("POST" if form is not None else "GET")
        kind_of_form = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        try:
            async with self.session.request(
                method, path, data=form, headers=kind_of_form, allow_redirects=False
            ) as answer:
                await answer.read()
                if answer.status != 200:
                    self.errors[f"{method} {answer.status}"] += 1
        except (aiohttp.ClientError, TimeoutError) as error:
            self.errors[f"{method} {type(error).__name__}"] += 1
        self.ms[kind].append((time.monotonic() - due) * 1_000)
        return time.monotonic() - self.began


def _click(person: Person) -> str:
    return f"?score={person.score}" if person.has_clicked else ""


async def _come(people: list[Person], address: str, host: str) -> Crowd:
    session = aiohttp.ClientSession(
        address,
        headers={**_HEADERS, "Host": host},
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=PATIENCE_SECONDS),
        # Nobody reads the pages; unpacking them is not what the web server's cores are for.
        auto_decompress=False,
    )
    async with session:
        crowd = Crowd(session)
        await crowd.prepare(people[0].path)
        await crowd.come(people)
    return crowd


def main(folder: Path, address: str, host: str, seconds: float, *, is_rush: bool) -> None:
    links: Mapping[str, int] = json.loads((folder / "links.json").read_text())
    people = list(visits.people(links, seconds=seconds, is_rush=is_rush))
    crowd = asyncio.run(_come(people, address, host))
    sent = {links[person.path]: person.last_score for person in people}
    (folder / "sent.json").write_text(json.dumps(sent))
    told = {"ms": crowd.ms, "errors": crowd.errors, "cpu_s": round(time.process_time(), 1)}
    print(json.dumps(told))


if __name__ == "__main__":
    folder, address, host, seconds, *more = sys.argv[1:]
    main(Path(folder), address, host, float(seconds), is_rush=more == ["rush"])
