from datetime import timedelta

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents import durations

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("15 min", 15 * MINUTE),
        ("2 h", 2 * HOUR),
        ("3 days", 72 * HOUR),
        ("1 week", 168 * HOUR),
        ("-1 h", -HOUR),
        ("1 h 30 min", 90 * MINUTE),
        ("90min", 90 * MINUTE),
        ("2 Stunden", 2 * HOUR),
        ("0 min", timedelta(0)),
        ("0", timedelta(0)),
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, duration: timedelta) -> None:
    assert durations.parse(text) == duration


@pytest.mark.parametrize("text", ["", "15", "min", "15 minuets", "1:30", "1.5 h", "h 2", "--1 h"])
def test_what_is_no_duration_says_how_one_is_written(text: str) -> None:
    with pytest.raises(durations.NoDuration, match="15 min"):
        durations.parse(text)


@settings(max_examples=50)
@given(st.integers(min_value=-10_000_000, max_value=10_000_000))
def test_what_is_written_is_read_back_the_same(seconds: int) -> None:
    duration = timedelta(seconds=seconds)

    assert durations.parse(durations.write(duration)) == duration


def test_it_is_written_in_the_largest_units() -> None:
    assert durations.write(72 * HOUR) == "3 days"
    assert durations.write(-90 * MINUTE) == "-1 h 30 min"


def test_it_is_said_in_words() -> None:
    with override("en"):
        assert durations.spoken(61 * MINUTE) == "1 hour 1 minute"
        assert durations.spoken(timedelta(0)) == "0 minutes"
