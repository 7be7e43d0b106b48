"""How long the admin's pages take in a crowded database; the last line says it as JSON.

python -m benchmarks.engine.pages PEOPLE
"""

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import django
import psutil
from django.conf import settings

ROUNDS = 6


def main(people: int) -> None:
    django.setup()
    # What it needs to know of the models comes after the setup.
    from benchmarks.engine import crowded  # noqa: PLC0415

    crowded.fill(people)
    print(json.dumps(measured(people)))


def measured(people: int) -> dict[str, dict[str, float]]:
    """What each page costs: middleware, view, queries and template.

    `ms` is the quickest of several rounds: what else the machine does only ever adds to it. `cpu`
    is what Python and the database worked for it on average, waiting for a core not counted.
    """
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    settings.ALLOWED_HOSTS.append("testserver")
    client = Client()
    client.force_login(User.objects.create_superuser("bench"))
    return {name: _cost(client, path) for name, path in pages(people)}


def _cost(client: Any, path: str) -> dict[str, float]:
    # The first reads templates, and from disk what the database has not at hand.
    _once(client, path)
    worked = time.process_time() + _database_worked()
    took = [_once(client, path) for _round in range(ROUNDS)]
    cpu = (time.process_time() + _database_worked() - worked) * 1_000 / ROUNDS
    return {"ms": round(min(took), 1), "cpu": round(cpu, 1)}


def _once(client: Any, path: str) -> float:
    began = time.perf_counter()
    answer = client.get(path)
    took = (time.perf_counter() - began) * 1_000
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return took


def _database_worked() -> float:
    """Seconds that the server's process behind our connection has been at work."""
    from django.db import connection  # noqa: PLC0415

    connection.ensure_connection()
    times = psutil.Process(connection.connection.info.backend_pid).cpu_times()
    return float(times.user + times.system)


def pages(people: int) -> Iterator[tuple[str, str]]:
    contacts, deliveries = "/admin/audiences/contact/", "/admin/messaging/delivery/"
    subscriptions, consents = "/admin/audiences/subscription/", "/admin/audiences/consentevent/"
    suppressions, accounts = "/admin/audiences/suppression/", "/admin/audiences/account/"
    yield "contacts", contacts
    yield "contacts, the last page", f"{contacts}?p=200"
    yield "contacts, sorted by address", f"{contacts}?o=1"
    yield "contacts, an address", f"{contacts}?q=p265443"
    yield "contacts, a surname", f"{contacts}?q=weber12"
    yield "contacts, a first name", f"{contacts}?q=ana"
    yield "contacts, nobody", f"{contacts}?q=nosuchname"
    yield "contacts, a number", f"{contacts}?q=0171+1000017"
    yield "contacts, of key accounts", f"{contacts}?account__tier__exact=key"
    for sign in ("mailbox", "phone", "name"):
        yield f"contacts, duplicates by {sign}", f"{contacts}duplicates/?by={sign}"
    yield "contacts, one of them", f"{contacts}{people // 2}/change/"
    yield (
        "contacts, suggestions",
        (
            "/admin/autocomplete/?app_label=audiences&model_name=subscription&field_name=contact&term=web"
        ),
    )
    yield "subscriptions", subscriptions
    yield "subscriptions, of a segment", f"{subscriptions}?segment__id__exact=7"
    yield "subscriptions, a surname", f"{subscriptions}?q=weber12"
    yield "suppressions", suppressions
    yield "suppressions, an address", f"{suppressions}?q=p265443"
    yield "consents", consents
    yield "consents, a surname", f"{consents}?q=weber12"
    yield "accounts", accounts
    yield "accounts, a name", f"{accounts}?q=pany+77"
    yield "deliveries", deliveries
    yield "deliveries, bounced", f"{deliveries}?state__exact=bounced"
    yield "deliveries, a surname", f"{deliveries}?q=weber12"
    yield "deliveries, of a broadcast", f"{deliveries}?broadcast__id__exact=3"


if __name__ == "__main__":
    main(int(sys.argv[1]))
