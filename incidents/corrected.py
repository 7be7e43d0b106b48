"""What the public pages say about an update that was put right, in their reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from audiences.languages import spoken
from incidents.models import Update, UpdateComponent


@dataclass(frozen=True)
class Quoted:
    """What an earlier version said that was wrong; empty where that was right."""

    texts: Mapping[str, str]
    next_update_due_at: datetime | None


@dataclass(frozen=True)
class Notice:
    at: datetime
    is_withdrawn: bool
    quoted: Sequence[Quoted]
    changes: Sequence[UpdateComponent]


def notice(update: Update) -> Notice | None:
    """None where what this reader reads was right from the beginning."""
    versions = update.versions
    changes = [each for one in versions[1:] for each in one.component_changes.all()]
    last = versions[-1]
    quoted = [one for one in _quoted(versions) if one.texts or one.next_update_due_at]
    texts = {spoken(one.public_text) for one in versions}
    if not (changes or quoted or last.withdraws or len(texts) > 1):
        return None
    return Notice(last.published_at, bool(last.withdraws), quoted, changes)


def _quoted(versions: Sequence[Update]) -> list[Quoted]:
    """The newest first; what was not to be seen any more stays so, and what came before it."""
    found = []
    for before, after in reversed(list(pairwise(versions))):
        if not after.quotes_wrong:
            break
        is_same = spoken(before.public_text) == spoken(after.public_text)
        found.append(
            Quoted(
                texts={} if is_same else before.public_text,
                next_update_due_at=before.next_update_due_at
                if after.proposal.get("meant")
                else None,
            )
        )
    return found
