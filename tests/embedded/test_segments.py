import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded import segments


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("ä" * 160, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        # The 153 septets of a segment hold 76 of these; the one left over stays empty.
        ("€" * 152, 2),
        ("€" * 153, 3),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("„" * 70, 1),
        ("„" * 71, 2),
        ("„" * 134, 2),
        ("„" * 135, 3),
        ("🙂" * 35, 1),
        ("🙂" * 36, 2),
        ("🙂" * 66, 2),
        ("🙂" * 67, 3),
        ("a" * 69 + "ç", 1),
        ("a" * 70 + "ç", 2),
    ],
)
def test_segments_are_counted_as_they_are_charged(body, expected):
    assert segments.count(body) == expected


WORDS = st.lists(st.sampled_from(["a" * 37, "€", "„", "🙂", "a" * 10]), max_size=30).map("".join)


@given(WORDS, WORDS)
def test_more_text_never_needs_fewer_segments(body, more):
    assert segments.count(body) <= segments.count(body + more)
