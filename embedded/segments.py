"""How many segments a text is charged as: GSM 03.38 septets, or UTF-16 units when it has others."""

# https://www.twilio.com/docs/glossary/what-is-gsm-7-character-encoding
GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_EXTENSION = frozenset("\f^{}\\[~]|€")

GSM_7_SIZES = (160, 153)
UCS_2_SIZES = (70, 67)


def count(body: str) -> int:
    """Count the segments of a text, at least one."""
    if GSM_7.issuperset(set(body) - GSM_7_EXTENSION):
        widths = [2 if character in GSM_7_EXTENSION else 1 for character in body]
        return _packed(widths, *GSM_7_SIZES)
    return _packed([2 if ord(character) > 0xFFFF else 1 for character in body], *UCS_2_SIZES)


def _packed(widths: list[int], alone: int, joined: int) -> int:
    # A character of two units is never torn apart between two segments.
    if sum(widths) <= alone:
        return 1
    segments, used = 1, 0
    for width in widths:
        if used + width > joined:
            segments, used = segments + 1, 0
        used += width
    return segments
