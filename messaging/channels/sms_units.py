"""What a text is charged as: segments of GSM 03.38 septets, or of UTF-16 units when it has others.

https://www.twilio.com/docs/glossary/what-sms-character-limit
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from django.conf import settings

# https://www.twilio.com/docs/glossary/what-is-gsm-7-character-encoding
GSM_7 = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each of these is sent as two septets.
GSM_7_EXTENSION = "\f^{}\\[~]|€"
# Septets or units of a text that fits into one message, and of each one of several.
GSM_7_SIZES, UCS_2_SIZES = (160, 153), (70, 67)

_FOREIGN = re.compile(f"[^{re.escape(GSM_7 + GSM_7_EXTENSION)}]")
_EXTENDED = re.compile(f"[{re.escape(GSM_7_EXTENSION)}]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def encoding(text: str) -> Literal["GSM-7", "UCS-2"]:
    return "UCS-2" if _FOREIGN.search(text) else "GSM-7"


def segments(text: str) -> int:
    """Count the messages a text is charged as, at least one."""
    return len(parts(text))


def parts(text: str) -> list[str]:
    """The pieces a text travels in; a phone shows them as one."""
    is_gsm = encoding(text) == "GSM-7"
    wide, (alone, joined) = (_EXTENDED, GSM_7_SIZES) if is_gsm else (_ASTRAL, UCS_2_SIZES)
    if len(text) + len(wide.findall(text)) <= alone:
        return [text]
    return list(_packed(text, wide, joined))


def _packed(text: str, wide: re.Pattern[str], size: int) -> Iterator[str]:
    # A character of two units is never torn apart between two segments.
    start, used = 0, 0
    for place, character in enumerate(text):
        width = 2 if wide.match(character) else 1
        if used + width > size:
            yield text[start:place]
            start, used = place, 0
        used += width
    yield text[start:]


def cost(count: int) -> Decimal:
    """The price of so many segments, in `settings.SMS_CURRENCY`."""
    price: Decimal = settings.SMS_PRICE_PER_SEGMENT
    return price * count
