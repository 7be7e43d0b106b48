import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.child import CannotStart
from embedded.instance import AlreadyRunning
from embedded.processes import Process, says
from embedded.supervisor import Supervisor
from tests.embedded.small_processes import DEAF, gone, is_alive, pids, process, until


def test_everything_runs_inside_the_block_and_nothing_after_it(tmp_path):
    with Supervisor([process("web"), process("worker")], folder=tmp_path).running():
        running = pids(tmp_path, "web") + pids(tmp_path, "worker")
        assert all(is_alive(pid) for pid in running)

    assert gone(*running)


def test_nothing_is_left_when_the_block_fails(tmp_path):
    def fail() -> None:
        with Supervisor([process("web")], folder=tmp_path).running():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert gone(*pids(tmp_path, "web"))


@pytest.mark.slow(reason="waits until a deaf process is no longer asked")
def test_a_process_that_does_not_listen_is_killed_in_the_end(tmp_path):
    with Supervisor([process("worker", first=DEAF, grace=0.5)], folder=tmp_path).running():
        running = pids(tmp_path, "worker")

    assert gone(*running)


@pytest.mark.slow(reason="a process that died is left alone for a second")
def test_a_process_that_dies_is_started_again_and_that_is_said(tmp_path):
    said: list[str] = []
    with Supervisor([process("worker")], folder=tmp_path, say=said.append).running() as services:
        first = pids(tmp_path, "worker")
        os.kill(first[0], signal.SIGKILL)
        assert until(lambda: len(said) == 2)
        services.until_ready("worker")
        second = pids(tmp_path, "worker")

        assert gone(*first)
        assert all(is_alive(pid) for pid in second)
    assert said[0].startswith("worker ended with code 137, it starts again in 1 s.")
    assert f"up {first[0]}" in said[0]


@pytest.mark.slow(reason="a process that died is left alone for a second")
def test_a_process_is_started_again_also_when_nobody_hears_of_it(tmp_path):
    def say(text: str) -> None:
        raise BrokenPipeError

    with Supervisor([process("worker")], folder=tmp_path, say=say).running() as services:
        for _time in range(2):
            running = pids(tmp_path, "worker")
            services.kill("worker")
            services.until_ready("worker")
            assert pids(tmp_path, "worker") != running


@pytest.mark.slow(reason="a process that was killed is left alone for a second")
def test_a_killed_service_comes_back(tmp_path):
    supervisor = Supervisor([process("worker")], folder=tmp_path, say=lambda text: None)
    with supervisor.running() as services:
        first = pids(tmp_path, "worker")
        services.kill("worker")
        assert gone(*first)

        services.until_ready("worker")
        assert all(is_alive(pid) for pid in pids(tmp_path, "worker"))


@pytest.mark.slow(reason="starts, stops and starts again")
def test_a_restarted_service_is_another_process(tmp_path):
    with Supervisor([process("worker")], folder=tmp_path).running() as services:
        first = pids(tmp_path, "worker")
        services.restart("worker")

        second = pids(tmp_path, "worker")
        assert gone(*first)
        assert all(is_alive(pid) for pid in second)


def test_a_process_that_does_not_come_up_takes_the_others_with_it(tmp_path):
    broken = Process("web", (sys.executable, "-c", "raise SystemExit('no such port')"), says("up"))
    worker = process("worker")

    with (
        pytest.raises(CannotStart, match=r"(?s)web ended with code 1.*no such port"),
        Supervisor([worker, broken], folder=tmp_path).running(),
    ):
        pytest.fail("the block must not be entered")

    assert gone(*pids(tmp_path, "worker"))


def test_a_second_instance_is_refused_and_the_first_one_named(tmp_path):
    with (
        Supervisor([], folder=tmp_path).running(),
        pytest.raises(AlreadyRunning, match=rf"process {os.getpid()}.*KLARTEXT_VAR"),
        Supervisor([], folder=tmp_path).running(),
    ):
        pytest.fail("the block must not be entered")


def test_the_next_instance_starts_at_once(tmp_path):
    for _ in range(2):
        with Supervisor([process("web")], folder=tmp_path).running():
            assert is_alive(pids(tmp_path, "web")[0])


SUPERVISE = """
import sys
from pathlib import Path
from django.conf import settings
settings.configure(BASE_DIR=Path.cwd())
from embedded.supervisor import Supervisor
from tests.embedded.small_processes import process
try:
    with Supervisor([process("web"), process("worker")], folder=Path(sys.argv[1])).running() as it:
        print("running", flush=True)
        it.wait()
except KeyboardInterrupt:
    print("interrupted")
"""


def supervise(folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", SUPERVISE, str(folder)]
    supervisor = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout
    assert supervisor.stdout.readline() == "running\n"
    return supervisor


@pytest.mark.slow(reason="a supervisor in a process of its own")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(tmp_path, number):
    with supervise(tmp_path) as supervisor:
        running = pids(tmp_path, "web") + pids(tmp_path, "worker")
        supervisor.send_signal(number)
        output, _ = supervisor.communicate(timeout=120)

    assert output == "interrupted\n"
    assert gone(*running)


@pytest.mark.slow(reason="a supervisor in a process of its own")
def test_killing_the_supervisor_leaves_nothing_running(tmp_path):
    with supervise(tmp_path) as supervisor:
        running = pids(tmp_path, "web") + pids(tmp_path, "worker")
        supervisor.kill()

    assert gone(*running)


@pytest.mark.slow(reason="supervisors in processes of their own")
def test_after_a_killed_supervisor_the_next_one_starts_at_once(tmp_path):
    with supervise(tmp_path) as supervisor:
        first = pids(tmp_path, "web")
        supervisor.kill()

    with supervise(tmp_path) as supervisor:
        assert not any(is_alive(pid) for pid in first)
        assert is_alive(pids(tmp_path, "web")[0])
        supervisor.terminate()
