"""The processes of the embedded set-up: those of production, and the stand-ins."""

import http.client
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings


@dataclass(frozen=True)
class Process:
    """A command; `is_ready` is told what the process has written since it was started."""

    name: str
    command: Sequence[str]
    is_ready: Callable[[str], bool]
    address: str = ""
    # How long it may take to finish what it is doing when it is asked to stop.
    grace_seconds: float = 10


def answers(url: str) -> Callable[[str], bool]:
    """Ready once anything at all answers under this address."""
    parts = urlsplit(url)

    def is_ready(_: str) -> bool:
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
        try:
            connection.request("GET", parts.path)
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

    return is_ready


def says(words: str) -> Callable[[str], bool]:
    """Ready once it wrote these words."""
    return lambda written: words in written


def embedded() -> list[Process]:
    """In the order of starting; they are stopped in the opposite order."""
    standins = f"http://127.0.0.1:{settings.EMBEDDED_STANDINS_PORT}/inbox"
    python = (sys.executable, "-m")
    celery = (*python, "celery", "-A", "config")
    return [
        Process(
            "standins",
            (sys.executable, str(settings.BASE_DIR / "manage.py"), "standins"),
            answers(f"{standins}/counts.json"),
            address=standins,
        ),
        Process(
            "web",
            (*python, "granian", *_granian_options(), "config.wsgi:application"),
            answers(f"{settings.PUBLIC_BASE_URL}/"),
            address=settings.PUBLIC_BASE_URL,
        ),
        *(
            Process(
                name, (*celery, *_worker_options(queue, threads)), says(" ready."), grace_seconds=20
            )
            # A thread for each channel that sends at the same time; connections are its own.
            for name, queue, threads in (("worker", "sending", 4), ("timeline", "timeline", 2))
        ),
        Process("beat", (*celery, "beat", "--pidfile="), says("beat: Starting...")),
    ]


def _worker_options(queue: str, threads: int) -> list[str]:
    return [
        "worker",
        f"--queues={queue}",
        f"--hostname={queue}@%n",
        "--pool=threads",
        f"--concurrency={threads}",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
    ]


def _granian_options() -> list[str]:
    return [
        "--interface=wsgi",
        "--host=127.0.0.1",
        f"--port={settings.EMBEDDED_PORT}",
        "--workers=2",
        "--blocking-threads=2",
        # Whoever has read a page would hold one of the places for connections for half a minute.
        "--no-http1-keep-alive",
        "--workers-kill-timeout=5",
    ]
