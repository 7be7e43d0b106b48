"""What the check reads, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """`MUST` and `MUST_NOT` may be made binding by a plan; `SHOULD` advises."""

    MUST = "must"
    SHOULD = "should"
    MUST_NOT = "must_not"


@dataclass(frozen=True)
class Draft:
    """One draft in one language, and what its reader sees beside it.

    `stage` is one of messaging.models.Template.Stage, `status` and `impact` are the incident's as
    the draft leaves them. `next_update_at` is the promised moment, None where none is promised.
    `components`, `effect`, `action` and `workaround` are the facts that the message shows with the
    text; `technical` and `systems` those that only internal readers see, in whatever language.
    `internal_words` are those that the company keeps to itself, `public_words` those that look
    internal and are not: products that customers know. Times are aware; a clock time without a
    zone in the text is read in that of `now`.
    """

    text: str
    language: str
    stage: str
    now: datetime
    status: str = ""
    impact: str = ""
    is_public: bool = True
    next_update_at: datetime | None = None
    components: Sequence[str] = ()
    effect: str = ""
    action: str = ""
    workaround: str = ""
    technical: Sequence[str] = ()
    systems: Sequence[str] = ()
    internal_words: Sequence[str] = ()
    public_words: Sequence[str] = ()


@dataclass(frozen=True)
class Finding:
    """What a reader would miss or stumble over, in words, and where.

    `start` and `end` are places in the draft's text; both 0 where something is missing.
    """

    rule: str
    level: Level
    message: str
    quote: str = ""
    start: int = 0
    end: int = 0
