import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.embedded.small_processes import until
from tests.ports import free_ports


@pytest.mark.parametrize("command", ["run", "standins"])
def test_production_is_told_which_processes_to_start(settings, command):
    settings.EMBEDDED = False

    with pytest.raises(CommandError) as refused:
        call_command(command)

    for words in (
        "granian --interface wsgi --no-http1-keep-alive",
        "celery -A config worker",
        "celery -A config beat",
    ):
        assert words in str(refused.value)


def manage(folder: Path, port: int, command: str) -> "subprocess.Popen[str]":
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "EMBEDDED_PORT": str(port),
        "KLARTEXT_VAR": str(folder),
    }
    return subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def status(port: int, path: str) -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def holds_a_place(port: int, path: str) -> bool:
    """Whether a reader who has their page keeps a connection that new ones might need."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        return not connection.getresponse().will_close


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.slow(reason="the stand-ins as a process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_stand_ins_serve_until_they_are_told_to_stop(tmp_path, number):
    port = free_ports(3)
    with manage(tmp_path, port, "standins") as standins:
        assert until(lambda: listens(port + 1) and listens(port + 2), seconds=60)
        assert status(port + 2, "/inbox") == 200
        standins.send_signal(number)
        output, _ = standins.communicate(timeout=120)

    assert standins.returncode == 0
    assert f"http://127.0.0.1:{port + 2}/inbox" in output
    assert "Traceback" not in output


@pytest.mark.slow(reason="the whole set-up, once")
def test_one_command_runs_everything_and_ctrl_c_ends_it(tmp_path):
    port = free_ports(3)
    with manage(tmp_path, port, "run") as run:
        assert run.stdout
        while "Ctrl-C" not in (line := run.stdout.readline()):
            assert line, "it ended before it was up"
        assert status(port, "/admin/login/") == 200
        assert status(port + 2, "/inbox") == 200
        is_held = holds_a_place(port, "/health/live")
        assert "ready." in (tmp_path / "log" / "worker.log").read_text()
        with manage(tmp_path, port, "run") as second:
            refusal, _ = second.communicate(timeout=60)
        run.send_signal(signal.SIGINT)
        output, _ = run.communicate(timeout=60)

    assert not is_held
    assert second.returncode == 1
    assert f"process {run.pid}" in refusal
    assert (run.returncode, output) == (0, "\nStopped.\n")
    assert not any(listens(each) for each in (port, port + 1, port + 2))
