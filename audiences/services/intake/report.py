"""What an import says about a file, while it reads it and afterwards."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Finding:
    line: int
    reason: str


@dataclass
class Report:
    """What became of every row: rows = created + updated + unchanged + duplicates + refused."""

    file: str
    dry_run: bool
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    accounts_created: int = 0
    subscribed: int = 0
    stay_unsubscribed: int = 0
    refused: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    # What holds for the file as a whole, and for how many rows.
    notes: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        return {
            **vars(self),
            "refused": [vars(finding) for finding in self.refused],
            "warnings": [vars(finding) for finding in self.warnings],
            "notes": [{"text": text, "rows": count} for text, count in self.notes.items()],
        }

    def refuse(self, line: int, reason: str) -> None:
        self.refused.append(Finding(line, reason))

    def warn(self, line: int, reason: str) -> None:
        self.warnings.append(Finding(line, reason))

    def duplicate(self, line: int, first_line: int) -> None:
        self.duplicates += 1
        self.warn(
            line,
            _("The same address as in line %(line)s: the rows were merged.") % {"line": first_line},
        )
