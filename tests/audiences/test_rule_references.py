"""Segments whose rules refer to other segments."""

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError

from audiences import rules
from audiences.models import Segment
from tests.factories import SegmentFactory

IN = "in_segment"


def problem(segment: Segment, field: str) -> str:
    with pytest.raises(ValidationError) as refused:
        segment.full_clean()
    assert set(refused.value.message_dict) == {field}
    return refused.value.message_dict[field][0]


@pytest.fixture
def chain(db: None) -> list[Segment]:
    """a refers to b, b to c."""
    return [
        SegmentFactory(slug="a", name="The a", rule={"all": [{"in_segment": "b"}]}),
        SegmentFactory(slug="b", name="The b", rule={"not": {"in_segment": "c"}}),
        SegmentFactory(slug="c", name="The c"),
    ]


def test_a_chain_of_segments_is_fine(chain: list[Segment]) -> None:
    for segment in chain:
        segment.full_clean()


def test_a_circle_is_refused_with_its_path(chain: list[Segment]) -> None:
    c = chain[2]
    c.rule = {"any": [{"uses": "x"}, {"in_segment": "a"}]}

    assert "c → a → b → c" in problem(c, "rule")


def test_a_segment_does_not_refer_to_itself(db: None) -> None:
    assert "x → x" in problem(SegmentFactory.build(slug="x", rule={IN: "x"}), "rule")


def test_a_segment_that_is_not_there_is_refused(db: None) -> None:
    assert "no segment “gone”" in problem(SegmentFactory.build(slug="x", rule={IN: "gone"}), "rule")


def test_a_circle_that_came_about_all_the_same_ends(chain: list[Segment]) -> None:
    Segment.objects.filter(slug="c").update(rule={"in_segment": "a"})

    with pytest.raises(rules.InvalidRule, match="a → b → c → a"):
        chain[0].members("email")


def test_a_segment_that_others_refer_to_keeps_its_slug(chain: list[Segment]) -> None:
    b = chain[1]
    b.slug = "new"

    assert problem(b, "slug").startswith("The rules of these segments refer to it: “The a”")


def test_a_segment_that_others_refer_to_is_not_deleted(chain: list[Segment]) -> None:
    with pytest.raises(ProtectedError, match="“The a”"):
        chain[1].delete()
    with pytest.raises(ProtectedError, match="“The b”"):
        Segment.objects.filter(slug="c").delete()

    assert Segment.objects.count() == 3


def test_segments_are_deleted_together_with_what_refers_to_them(chain: list[Segment]) -> None:
    Segment.objects.all().delete()

    assert not Segment.objects.exists()


def test_references_are_only_so_long(db: None) -> None:
    SegmentFactory(slug="s0", rule={"uses": "x"})
    for number in range(1, 6):
        SegmentFactory(slug=f"s{number}", rule={IN: f"s{number - 1}"}).full_clean()

    assert "refer to one another" in problem(
        SegmentFactory.build(slug="s6", rule={IN: "s5"}), "rule"
    )


def test_a_segment_cannot_grow_beyond_what_others_bear(db: None) -> None:
    """Ninety conditions are fine, but not in a segment that is referred to four times."""
    small: Segment = SegmentFactory(slug="small", rule={"uses": "x"})
    SegmentFactory(slug="user", rule={"any": [{"in_segment": "small"}] * 4}).full_clean()
    small.rule = {"any": [{"uses": f"c{number}"} for number in range(90)]}

    assert "The rule of “user” has more than 300 conditions" in problem(small, "rule")
