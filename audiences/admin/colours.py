"""Which words of a list stand on which colour."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple


class Coloured(NamedTuple):
    """Words on the colour of a value: for a list, and on a page without the colour."""

    value: str
    words: str

    def __str__(self) -> str:
        return self.words


def coloured(colours: Mapping[str, str]) -> defaultdict[str, str]:
    """For @display(label=…); what has no colour of its own stays grey.

    Of a state it finds no colour for, Unfold would show the stored value instead of the words.
    """
    return defaultdict(str, colours)
