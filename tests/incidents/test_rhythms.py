from datetime import timedelta

from incidents.planning import RhythmRule, Rhythms

MINUTE = timedelta(minutes=1)
RHYTHMS = Rhythms(
    30 * MINUTE,
    rules=[
        RhythmRule(20 * MINUTE, impact="critical"),
        RhythmRule(15 * MINUTE, audience="internal"),
        RhythmRule(10 * MINUTE, impact="critical", audience="internal"),
    ],
    slower_after=120 * MINUTE,
    slower_interval=60 * MINUTE,
)


def test_the_closest_rule_gives_the_rhythm():
    assert RHYTHMS.of(impact="minor") == 30 * MINUTE
    assert RHYTHMS.of(impact="critical") == 20 * MINUTE
    assert RHYTHMS.of(impact="minor", audience="internal") == 15 * MINUTE
    assert RHYTHMS.of(impact="critical", audience="internal") == 10 * MINUTE
    assert RHYTHMS.of(impact="critical", audience="partner") == 20 * MINUTE


def test_what_takes_long_may_be_told_less_often():
    assert RHYTHMS.of(impact="critical", lasted=119 * MINUTE) == 20 * MINUTE
    assert RHYTHMS.of(impact="critical", lasted=120 * MINUTE) == 60 * MINUTE


def test_a_rhythm_that_is_slower_anyway_stays_as_it_is():
    slow = Rhythms(90 * MINUTE, slower_after=MINUTE, slower_interval=60 * MINUTE)

    assert slow.of(impact="minor", lasted=10 * MINUTE) == 90 * MINUTE


def test_only_audiences_with_another_rhythm_are_named():
    assert RHYTHMS.audiences(impact="minor") == ["internal"]
    same = Rhythms(15 * MINUTE, rules=[RhythmRule(15 * MINUTE, audience="internal")])
    assert same.audiences(impact="minor") == []
