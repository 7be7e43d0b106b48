"""A million recipients are a normal number."""

import psutil
import pytest

from benchmarks.engine import freeze
from tests.faults import servers

PEOPLE = 1_000_000
# 2 % have left, 1 % are suppressed, and some of both (see benchmarks.engine.audience).
TOLD = 970_000

pytestmark = [
    pytest.mark.full,
    pytest.mark.slow(reason="a million rows are written"),
]


@servers.postgres_only
def test_f18_the_windows_of_a_million_stay_flat_and_so_does_memory(transactional_db: None):
    memory = psutil.Process().memory_info

    before = memory().rss
    told = freeze.measure(PEOPLE)

    assert told["rows"] == TOLD
    assert memory().rss - before < 50_000_000
