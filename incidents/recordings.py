"""Recorded incidents: JSON Lines of our own shape, or a Statuspage v2 answer."""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from incidents.models import Impact, Status
from incidents.models.incidents import OF_INCIDENT, OF_MAINTENANCE
from incidents.models.plans import Kind

MAX_BYTES = 200_000_000  # unpacked; a year of a large provider's history is under two megabytes


class BadRecording(ValueError):
    """This recording cannot be played; the message says where and why."""


@dataclass(frozen=True)
class Words:
    """One recorded update; an empty status keeps the one before."""

    at: datetime
    status: str
    body: str


@dataclass(frozen=True)
class Recording:
    id: str
    name: str
    kind: str
    impact: str
    components: tuple[str, ...]
    started_at: datetime
    updates: tuple[Words, ...]


def read(path: Path) -> tuple[list[Recording], list[str]]:
    """Read a file; returns the recordings, and a message with line and reason for each bad one.

    :raises BadRecording: the file cannot be read at all.
    """
    text = _text(path)
    recordings: list[Recording] = []
    problems: list[str] = []
    for place, record in _records(text):
        try:
            recordings.append(parse(record))
        except BadRecording as error:
            problems.append(f"{place}: {error}")
    return recordings, problems


def _text(path: Path) -> str:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, EOFError) as error:
        raise BadRecording(f"{path} cannot be read: {error}") from error
    if len(content) > MAX_BYTES:
        raise BadRecording(f"{path} is larger than {MAX_BYTES:,} bytes unpacked: split it.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRecording(f"{path} is not UTF-8: {error}") from error


def _records(text: str) -> Iterator[tuple[str, Any]]:
    """Each record with its place; a whole-file JSON object is a Statuspage answer."""
    try:
        page = json.loads(text)
    except ValueError:
        page = None
    if isinstance(page, dict) and ("incidents" in page or "scheduled_maintenances" in page):
        found = [*(page.get("incidents") or []), *(page.get("scheduled_maintenances") or [])]
        yield from ((f"incident {number}", record) for number, record in enumerate(found, 1))
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except ValueError as error:
                yield f"line {number}", BadRecording(f"no JSON: {error}")


def parse(record: Any) -> Recording:
    """:raises BadRecording: says which field is missing or wrong."""
    if isinstance(record, BadRecording):
        raise record
    if not isinstance(record, dict):
        raise BadRecording("not an object")
    raw_updates = record.get("updates", record.get("incident_updates"))
    if not isinstance(raw_updates, list) or not raw_updates:
        raise BadRecording("no updates")
    updates = sorted((_words(raw) for raw in raw_updates), key=lambda words: words.at)
    kind = _kind(record)
    _check_statuses(kind, updates)
    first = updates[0].at
    started = record.get("started_at")
    return Recording(
        id=str(record.get("id") or ""),
        name=_name(record),
        kind=kind,
        impact=_impact(record),
        components=tuple(_component(raw) for raw in record.get("components") or []),
        started_at=min(_time(started), first) if started else first,
        updates=tuple(updates),
    )


def _name(record: Mapping[str, Any]) -> str:
    name = record.get("name")
    if not isinstance(name, str) or not name.strip():
        raise BadRecording("no name")
    return name.strip()


def _kind(record: Mapping[str, Any]) -> str:
    kind = record.get("kind") or (
        Kind.MAINTENANCE if record.get("scheduled_for") else Kind.INCIDENT
    )
    if kind not in Kind.values:
        raise BadRecording(f"unknown kind {kind!r}, known are {', '.join(Kind.values)}")
    return str(kind)


def _impact(record: Mapping[str, Any]) -> str:
    impact = record.get("impact") or Impact.NONE
    if impact not in Impact.values:
        raise BadRecording(f"unknown impact {impact!r}, known are {', '.join(Impact.values)}")
    return str(impact)


def _component(raw: Any) -> str:
    return str(raw.get("name", "")) if isinstance(raw, dict) else str(raw)


def _words(raw: Any) -> Words:
    if not isinstance(raw, dict):
        raise BadRecording("an update is not an object")
    at = raw.get("at") or raw.get("display_at") or raw.get("created_at")
    status = str(raw.get("status") or "")
    return Words(_time(at), "" if status == "update" else status, str(raw.get("body") or ""))


def _check_statuses(kind: str, updates: list[Words]) -> None:
    known: tuple[Status, ...] = OF_MAINTENANCE if kind == Kind.MAINTENANCE else OF_INCIDENT
    for words in updates:
        if words.status and words.status not in known:
            raise BadRecording(f"unknown status {words.status!r} for {kind}")


def _time(raw: Any) -> datetime:
    try:
        at = datetime.fromisoformat(raw)
    except (TypeError, ValueError) as error:
        raise BadRecording(f"no time: {raw!r}") from error
    if at.tzinfo is None:
        raise BadRecording(f"a time without its zone: {raw!r}")
    return at
