import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import ports
from tests.ports import free_ports

CLAIM = """
import os, sys
from pathlib import Path
from django.conf import settings
port = int(os.environ.get("EMBEDDED_PORT", sys.argv[2]))
settings.configure(EMBEDDED_PORT=port, VAR_DIR=Path(sys.argv[1]))
from embedded import ports
ports.claim()
print(port)
"""


@pytest.fixture
def busy() -> Iterator[int]:
    """The second of three ports, taken by another program."""
    first = free_ports(3)
    with socket.create_server(("127.0.0.1", first + 1)):
        yield first


def claim(folder: Path, first: int) -> int:
    command = [sys.executable, "-c", CLAIM, str(folder), str(first)]
    environment = {key: value for key, value in os.environ.items() if key != "EMBEDDED_PORT"}
    return int(subprocess.check_output(command, env=environment, text=True, timeout=120))


@pytest.mark.slow(reason="a process that starts itself anew")
def test_the_next_free_ports_are_taken_when_nobody_chose(tmp_path, busy):
    found = claim(tmp_path, busy)

    assert found > busy
    assert (found - busy) % 10 == 0


def test_free_ports_are_kept(tmp_path):
    first = free_ports(3)

    assert claim(tmp_path, first) == first


def test_chosen_ports_that_are_busy_are_an_error_that_names_the_variable(
    tmp_path, busy, settings, monkeypatch
):
    settings.EMBEDDED_PORT, settings.VAR_DIR = busy, tmp_path
    monkeypatch.setenv("EMBEDDED_PORT", str(busy))

    with pytest.raises(ports.PortsBusy, match=rf"Port {busy + 1} .*EMBEDDED_PORT={busy} "):
        ports.claim()
