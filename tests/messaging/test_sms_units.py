"""The count that a dry run promises and an invoice confirms."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded import segments as stand_in
from messaging.channels import sms_units
from messaging.channels.sms_units import encoding, segments

CASES = [
    ("", "GSM-7", 1),
    ("a", "GSM-7", 1),
    ("a" * 160, "GSM-7", 1),
    ("a" * 161, "GSM-7", 2),
    ("a" * 306, "GSM-7", 2),
    ("a" * 307, "GSM-7", 3),
    ("a" * 459, "GSM-7", 3),
    ("a" * 460, "GSM-7", 4),
    ("a" * 1_530, "GSM-7", 10),
    ("a" * 1_600, "GSM-7", 11),
    ("äöüÄÖÜß" * 22 + "ä" * 6, "GSM-7", 1),
    ("äöüÄÖÜß" * 23, "GSM-7", 2),
    ("Ærø Åse Ñandu ¿qué? ¡si! 50 £ 30 ¥ 10 ¤ § à è é ì ò ù", "GSM-7", 1),
    ("ΔΦΓΛΩΠΨΣΘΞ", "GSM-7", 1),
    ("line\r\nline", "GSM-7", 1),
    ("@_$", "GSM-7", 1),
    # Two septets each; the 153 of a segment hold 76 of them, and the one left over stays empty.
    ("€" * 80, "GSM-7", 1),
    ("€" * 81, "GSM-7", 2),
    ("€" * 152, "GSM-7", 2),
    ("€" * 153, "GSM-7", 3),
    ("a" * 158 + "€", "GSM-7", 1),
    ("a" * 159 + "€", "GSM-7", 2),
    ("a" * 152 + "€" + "a" * 152, "GSM-7", 3),
    ("a" * 151 + "€" + "a" * 152, "GSM-7", 2),
    ("a" * 151 + "€" + "a" * 153, "GSM-7", 2),
    ("[~]" * 26 + "aaaa", "GSM-7", 1),
    ("[~]" * 27, "GSM-7", 2),
    ("{|}\\^\f" * 13 + "aaaa", "GSM-7", 1),
    # One foreign character makes the whole text UCS-2.
    ("ç", "UCS-2", 1),
    ("a" * 69 + "ç", "UCS-2", 1),
    ("a" * 70 + "ç", "UCS-2", 2),
    ("it’s", "UCS-2", 1),
    ("„Störung“", "UCS-2", 1),
    ("a – b", "UCS-2", 1),
    ("soft\u00a0space", "UCS-2", 1),
    ("tab\there", "UCS-2", 1),
    ("`" * 70, "UCS-2", 1),
    ("„" * 70, "UCS-2", 1),
    ("„" * 71, "UCS-2", 2),
    ("„" * 134, "UCS-2", 2),
    ("„" * 135, "UCS-2", 3),
    ("€" * 69 + "„", "UCS-2", 1),
    ("Привет" * 11 + "мир!", "UCS-2", 1),
    ("Привет" * 12, "UCS-2", 2),
    ("太郎さん" * 17 + "太郎", "UCS-2", 1),
    # Two units each; the 67 of a segment hold 33 of them.
    ("🙂" * 35, "UCS-2", 1),
    ("🙂" * 36, "UCS-2", 2),
    ("🙂" * 66, "UCS-2", 2),
    ("🙂" * 67, "UCS-2", 3),
    ("a" * 68 + "🙂", "UCS-2", 1),
    ("a" * 69 + "🙂", "UCS-2", 2),
    ("a" * 66 + "🙂" + "a" * 66, "UCS-2", 3),
    ("👩‍👩‍👧" * 8, "UCS-2", 1),
    ("👩‍👩‍👧" * 9, "UCS-2", 2),
    ("e\u0301", "UCS-2", 1),
]


@pytest.mark.parametrize("text", ["", "a" * 500, "\U0001f642" * 70, "\u20ac" * 90])
def test_the_parts_of_a_text_are_the_text(text):
    assert "".join(sms_units.parts(text)) == text


@pytest.mark.parametrize(("text", "kind", "count"), CASES)
def test_a_text_is_counted_as_it_is_charged(text, kind, count):
    assert (encoding(text), segments(text)) == (kind, count)


TEXTS = st.text(
    alphabet=st.one_of(
        st.sampled_from(sms_units.GSM_7 + sms_units.GSM_7_EXTENSION), st.sampled_from("ç„🙂太")
    ),
    max_size=400,
)


@given(TEXTS, TEXTS)
def test_more_text_is_never_cheaper(text, more):
    assert segments(text) <= segments(text + more)


@given(TEXTS)
def test_the_segments_hold_the_text_and_waste_at_most_one_unit_each(text):
    if encoding(text) == "GSM-7":
        units = len(text) + sum(character in sms_units.GSM_7_EXTENSION for character in text)
        alone, joined = 160, 153
    else:
        units, alone, joined = len(text.encode("utf-16-le")) // 2, 70, 67

    count = segments(text)

    if units <= alone:
        assert count == 1
    else:
        assert -(-units // joined) <= count <= -(-units // (joined - 1))


@given(TEXTS)
def test_the_stand_in_charges_what_was_promised(text):
    assert stand_in.count(text) == segments(text)


def test_the_price_is_exact(settings):
    settings.SMS_PRICE_PER_SEGMENT = Decimal("0.0777")

    assert sms_units.cost(3_000_000) == Decimal("233100.0000")
