"""A run says for how long its machine was not there."""

import pytest

from benchmarks.pace import Pace


@pytest.mark.parametrize(
    ("spent", "seconds"), [((2, 2, 3, 4, 2), 0), ((2, 2, 30, 2, 2), 1.5), ((2, 2, 2, 50, 60), 1.5)]
)
def test_a_loop_that_takes_many_times_its_usual_time_was_held_up(spent, seconds):
    looks = [(1.5 * number, ms / 1_000) for number, ms in enumerate(spent)]

    assert Pace(looks).held_up_seconds() == seconds
