"""Three neighbouring ports of the loopback interface: web, SMTP, and the stand-ins' web server."""

import os
import socket
import sys

from django.conf import settings

from embedded import instance

HOST = "127.0.0.1"
STEP = 10
TRIES = 100


class PortsBusy(RuntimeError):
    """Another program listens on a port that was asked for."""


def claim() -> None:
    """Make sure the ports of the settings are free, before anything is started.

    When nobody chose the ports and they are busy, the same command is started anew on the next
    free ones, in place of this process.

    :raises PortsBusy: EMBEDDED_PORT was set, or there are no free ports at all.
    :raises instance.AlreadyRunning: the ports are our own instance's.
    """
    with instance.only_one(settings.VAR_DIR):
        first = settings.EMBEDDED_PORT
        busy = _busy(first)
    if not busy:
        return
    if os.environ.get("EMBEDDED_PORT"):
        raise PortsBusy(
            f"Port {busy} is in use by another program. EMBEDDED_PORT={first} needs the ports"
            f" {first} to {first + 2}: set it to the first of three free ones."
        )
    os.environ["EMBEDDED_PORT"] = str(_next_free(first))
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _next_free(first: int) -> int:
    candidates = range(first + STEP, first + STEP * TRIES, STEP)
    free = next((port for port in candidates if not _busy(port)), None)
    if free is None:
        raise PortsBusy(f"No free ports from {first} on: set EMBEDDED_PORT to a free one.")
    return free


def _busy(first: int) -> int | None:
    return next((port for port in range(first, first + 3) if not _is_free(port)), None)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do, so that connections that are only fading do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
