"""What an import says about a file, while it reads it and afterwards."""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

REFUSED, WARNING, NOTE = "refused", "warning", "note"


@dataclass(frozen=True)
class Finding:
    line: int
    reason: str
    # What stood there, so that it can be put right.
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counts:
    """What becomes of every row: rows = created + updated + unchanged + duplicates + refused."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    refused: int = 0
    warned: int = 0
    accounts_created: int = 0
    accounts_updated: int = 0
    subscribed: int = 0
    stay_unsubscribed: int = 0

    def __add__(self, more: "Counts") -> "Counts":
        return Counts(
            **{one.name: getattr(self, one.name) + getattr(more, one.name) for one in fields(self)}
        )

    def as_json(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True)
class Report:
    """The counts, and as many of the findings as were asked for."""

    file: str
    dry_run: bool
    counts: Counts
    refused: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    # What holds for the file as a whole, and for how many rows.
    notes: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "dry_run": self.dry_run,
            "counts": self.counts.as_json(),
            "refused": [asdict(finding) for finding in self.refused],
            "warnings": [asdict(finding) for finding in self.warnings],
            "notes": [{"text": text, "rows": count} for text, count in self.notes.items()],
        }

    @classmethod
    def of_json(cls, said: dict[str, Any]) -> "Report":
        return cls(
            file=said["file"],
            dry_run=said["dry_run"],
            counts=Counts(**said["counts"]),
            refused=[_finding(one) for one in said["refused"]],
            warnings=[_finding(one) for one in said["warnings"]],
            notes={note["text"]: note["rows"] for note in said["notes"]},
        )


def _finding(said: dict[str, Any]) -> Finding:
    return replace(Finding(**said), cells=tuple(said["cells"]))
