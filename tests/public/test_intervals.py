"""How sure a figure is."""

import pytest

from feedback.services.figures import intervals


def bounds(estimate):
    return [round(estimate.low, 1), round(estimate.high, 1)]


def test_a_share_has_wilsons_interval_also_at_its_ends():
    assert bounds(intervals.share(8, 10)) == [49.0, 94.3]
    assert bounds(intervals.share(0, 10)) == [0, 27.8]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({1: 1, 2: 1, 3: 1, 4: 1, 5: 1}, [1.0, 5.0]),
        ({2: 10, 4: 10}, [2.5, 3.5]),
    ],
)
def test_a_mean_has_students_interval(counts, expected):
    assert bounds(intervals.mean(counts, lowest=1, highest=5)) == expected


def test_equal_answers_say_nothing_of_how_sure_their_mean_is():
    estimate = intervals.mean({5: 7}, lowest=1, highest=5)

    assert (estimate.value, estimate.low, estimate.high) == (5, None, None)


def test_promoters_have_the_normal_interval_and_a_handful_is_no_certainty():
    many, few = intervals.net_promoters(500, 300, 1_000), intervals.net_promoters(5, 0, 5)

    assert (many.value, bounds(many)) == (20, [14.5, 25.3])
    assert (few.value, few.high) == (100, 100)
    assert few.low < 20
