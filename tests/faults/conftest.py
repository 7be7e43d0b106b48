from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from messaging.models import Broadcast
from tests import processes
from tests.faults.plugin import lines
from tests.faults.trial import Trial, patiently

Begin = Callable[..., Trial]


@pytest.fixture
def is_full(request: pytest.FixtureRequest) -> bool:
    """Whether there is time for a run at full size."""
    return bool(request.config.getoption("--full"))


@pytest.fixture
def begin(
    request: pytest.FixtureRequest, tmp_path: Path, transactional_db: None
) -> Iterator[Begin]:
    """Begin a trial whose processes have this environment; they end with the test."""
    with ExitStack() as stack:

        def trial(**environment: str) -> Trial:
            return Trial(
                name=request.node.name.removeprefix("test_"),
                seed=request.config.getoption("--seed"),
                run=stack.enter_context(processes.running(**environment)),
                folder=tmp_path,
                report=lambda line: request.config.stash[lines].append(line),
            )

        yield trial
    # A database that was struck leaves nothing behind for the next test.
    patiently(lambda: Broadcast.objects.exists())
