"""Whether a text can be read on a colour (WCAG 2.2, 1.4.3)."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

WHITE, BLACK = "#ffffff", "#000000"
# For text of ordinary size.
LEAST_CONTRAST = 4.5

_COLOUR = re.compile(r"#[0-9a-f]{6}")


def validate(value: str) -> None:
    if not _COLOUR.fullmatch(value):
        raise ValidationError(_("A colour is written as # and six digits, for example #0b5cad."))


def contrast(one: str, other: str) -> float:
    """From 1, the same lightness, to 21, black on white."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def text_on(colour: str) -> str:
    """White where it can be read, else black: one of both always can."""
    return WHITE if contrast(colour, WHITE) >= LEAST_CONTRAST else BLACK


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
