"""What has changed between two texts, word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

# The beginning of a paragraph counts as one, too.
_WORDS = re.compile(r"\S+|\n(?=\n)")


@dataclass(frozen=True)
class Change:
    """A piece of a text: `kind` is same, added or removed."""

    kind: str
    words: str


def changes(before: str, after: str) -> list[Change]:
    """The later text, word by word, with what was taken out of the earlier one."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    pieces = []
    for _tag, start, end, new_start, new_end in SequenceMatcher(a=old, b=new).get_opcodes():
        if old[start:end] == new[new_start:new_end]:
            pieces.append(Change("same", " ".join(new[new_start:new_end])))
            continue
        removed = Change("removed", " ".join(old[start:end]))
        added = Change("added", " ".join(new[new_start:new_end]))
        pieces += [piece for piece in (removed, added) if piece.words]
    return pieces
