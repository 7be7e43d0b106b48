"""A recorded history becomes drafts, each at its stage, and is counted by rule."""

import json
from pathlib import Path

from benchmarks.engine import histories

STORY = (
    ("investigating", "Sign-in fails for some. We investigate."),
    ("investigating", "We keep looking."),
    ("identified", "A disk is full. We add space."),
    ("", "Half of it is added."),
    ("investigating", "It fails again, we look once more."),
    ("resolved", "Sign-in works again. Nothing was lost."),
    ("resolved", "What happened, and what we change."),
)


def _history(folder: Path) -> Path:
    updates = [
        {"at": f"2026-03-12T12:{minute:02}:00+00:00", "status": status, "body": body}
        for minute, (status, body) in enumerate(STORY)
    ]
    record = {"id": "1", "name": "Sign-in fails", "components": ["Sign-in"], "updates": updates}
    path = folder / "history.jsonl"
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


def test_each_update_is_read_at_its_stage(tmp_path: Path) -> None:
    drafts = histories.read([_history(tmp_path)], language="en")
    assert [draft.stage for draft in drafts] == [
        *("acknowledge", "update", "identified", "update", "update", "resolved", "postmortem"),
    ]
    assert drafts[3].status == "identified"


def test_the_table_counts_updates_with_a_finding(tmp_path: Path) -> None:
    rows = list(histories.table(histories.read([_history(tmp_path)], language="en")))
    assert "| `next-update-missing` | 5 | 5 | 100% |" in rows
    assert "| `aftermath-missing` | 1 | 0 | 0% |" in rows
