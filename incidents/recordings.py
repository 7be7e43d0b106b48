"""Recorded incidents: JSON Lines of our own shape, or a Statuspage v2 answer."""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from audiences import bounds
from incidents.models import Impact, Status
from incidents.models.plans import Kind
from incidents.models.status import OF_INCIDENT, OF_MAINTENANCE

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
    try:
        with path.open("rb") as file:
            return read_file(file, name=str(path))
    except OSError as error:
        raise BadRecording(_unreadable(path, error)) from error


def read_file(
    file: IO[bytes], *, name: str, max_bytes: int = MAX_BYTES
) -> tuple[list[Recording], list[str]]:
    """The same for a file that is open; what it is called says whether it is packed.

    :raises BadRecording: it cannot be read at all.
    """
    text = _text(file, name, max_bytes)
    recordings: list[Recording] = []
    problems: list[str] = []
    for place, record in _records(text):
        try:
            recordings.append(parse(record))
        except BadRecording as error:
            problems.append(f"{place}: {error}")
    return recordings, problems


def _text(file: IO[bytes], name: str, max_bytes: int) -> str:
    try:
        opened = gzip.GzipFile(fileobj=file) if name.endswith(".gz") else file
        content = opened.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadRecording(_unreadable(name, error)) from error
    if len(content) > max_bytes:
        words = _("%(name)s is larger than %(size)s unpacked: split it.")
        raise BadRecording(words % {"name": name, "size": filesizeformat(max_bytes)})
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        words = _("%(name)s is not UTF-8: %(error)s")
        raise BadRecording(words % {"name": name, "error": error}) from error


def _unreadable(name: object, error: Exception) -> str:
    return _("%(name)s cannot be read: %(error)s") % {"name": name, "error": error}


def _records(text: str) -> Iterator[tuple[str, Any]]:
    """Each record with its place; a whole-file JSON object is a Statuspage answer."""
    try:
        page = json.loads(text)
    except (ValueError, RecursionError):
        page = None
    if isinstance(page, dict) and ("incidents" in page or "scheduled_maintenances" in page):
        found = [*(page.get("incidents") or []), *(page.get("scheduled_maintenances") or [])]
        for number, record in enumerate(found, 1):
            yield _("incident %(n)d") % {"n": number}, record
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            place = _("line %(n)d") % {"n": number}
            try:
                yield place, json.loads(line)
            except (ValueError, RecursionError) as error:
                yield place, BadRecording(_("no JSON: %(error)s") % {"error": error})


def parse(record: Any) -> Recording:
    """:raises BadRecording: says which field is missing or wrong."""
    if isinstance(record, BadRecording):
        raise record
    if not isinstance(record, dict):
        raise BadRecording(_("not an object"))
    raw_updates = record.get("updates", record.get("incident_updates"))
    if not isinstance(raw_updates, list) or not raw_updates:
        raise BadRecording(_("no updates"))
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
        raise BadRecording(_("no name"))
    return name.strip()


def _kind(record: Mapping[str, Any]) -> str:
    kind = record.get("kind") or (
        Kind.MAINTENANCE if record.get("scheduled_for") else Kind.INCIDENT
    )
    if kind not in Kind.values:
        raise BadRecording(_unknown(_("unknown kind %(given)r, known are %(known)s"), kind, Kind))
    return str(kind)


def _impact(record: Mapping[str, Any]) -> str:
    impact = record.get("impact") or Impact.NONE
    if impact not in Impact.values:
        words = _("unknown impact %(given)r, known are %(known)s")
        raise BadRecording(_unknown(words, impact, Impact))
    return str(impact)


def _unknown(words: str, given: object, known: Iterable[str]) -> str:
    return words % {"given": given, "known": ", ".join(known)}


def _component(raw: Any) -> str:
    return str(raw.get("name", "")) if isinstance(raw, dict) else str(raw)


def _words(raw: Any) -> Words:
    if not isinstance(raw, dict):
        raise BadRecording(_("an update is not an object"))
    at = raw.get("at") or raw.get("display_at") or raw.get("created_at")
    status = str(raw.get("status") or "")
    return Words(_time(at), "" if status == "update" else status, str(raw.get("body") or ""))


def _check_statuses(kind: str, updates: list[Words]) -> None:
    known: tuple[Status, ...] = OF_MAINTENANCE if kind == Kind.MAINTENANCE else OF_INCIDENT
    for words in updates:
        if words.status and words.status not in known:
            unknown = _("unknown status %(given)r for %(kind)s")
            raise BadRecording(unknown % {"given": words.status, "kind": kind})


def _time(raw: Any) -> datetime:
    try:
        at = datetime.fromisoformat(raw)
    except (TypeError, ValueError) as error:
        raise BadRecording(_("no time: %(given)r") % {"given": raw}) from error
    if at.tzinfo is None:
        raise BadRecording(_("a time without its zone: %(given)r") % {"given": raw})
    try:
        bounds.within_reach(at)
    except ValidationError as error:
        raise BadRecording(f"{raw}: {error.message}") from error
    return at
