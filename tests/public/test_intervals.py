"""How sure a figure is."""

import pytest

from feedback.services.figures import intervals


def bounds(estimate, digits=1):
    return [round(estimate.low, digits), round(estimate.high, digits)]


def test_a_share_has_wilsons_interval_also_at_its_ends():
    assert bounds(intervals.share(8, 10)) == [49.0, 94.3]
    assert bounds(intervals.share(0, 10)) == [0, 27.8]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # By t = 12.706, 3.182, 2.776 and 2.093 of the tables, on a scale that cuts nothing off.
        ({2: 1, 4: 1}, [-9.71, 15.71]),
        ({2: 2, 4: 2}, [1.16, 4.84]),
        ({1: 1, 2: 1, 3: 1, 4: 1, 5: 1}, [1.04, 4.96]),
        ({2: 10, 4: 10}, [2.52, 3.48]),
    ],
)
def test_a_mean_has_students_interval(counts, expected):
    assert bounds(intervals.mean(counts, lowest=-99, highest=99), 2) == expected


def test_an_interval_ends_with_its_scale():
    assert bounds(intervals.mean({2: 1, 4: 1}, lowest=1, highest=5)) == [1, 5]


def test_equal_answers_say_nothing_of_how_sure_their_mean_is():
    estimate = intervals.mean({5: 7}, lowest=1, highest=5)

    assert (estimate.value, estimate.low, estimate.high) == (5, None, None)


def test_promoters_have_the_normal_interval_and_a_handful_is_no_certainty():
    many, few = intervals.net_promoters(500, 300, 1_000), intervals.net_promoters(5, 0, 5)

    assert (many.value, bounds(many)) == (20, [14.5, 25.3])
    assert (few.value, few.high) == (100, 100)
    assert few.low < 20


@pytest.mark.parametrize(("promoters", "detractors"), [(1, 0), (0, 1)])
def test_the_promoters_score_lies_in_its_own_interval(promoters, detractors):
    one = intervals.net_promoters(promoters, detractors, 1)

    assert one.low <= one.value <= one.high
