"""Where the rows of imports lie until they are over: readable by this account alone."""

import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from audiences.services.intake.spool import Spool

# Beside a database that was killed in the middle of a write.
_BESIDE = ("", "-journal")


class LostFile(ValueError):
    """The rows of an import are not there any more; the file has to be uploaded again."""


def folder() -> Path:
    place = Path(settings.VAR_DIR) / "imports"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def new() -> Path:
    return folder() / secrets.token_hex(16)


@contextmanager
def temporary(chunks: Iterable[bytes]) -> Iterator[Path]:
    """What somebody uploads, as a file for the length of a block."""
    with tempfile.NamedTemporaryFile(dir=folder()) as file:
        file.writelines(chunks)
        file.flush()
        yield Path(file.name)


def spool(name: str) -> Spool:
    """:raises LostFile: it is gone."""
    path = folder() / name
    if not path.is_file():
        raise LostFile(name)
    return Spool(path)


def remove(name: str) -> None:
    for ending in _BESIDE:
        (folder() / f"{name}{ending}").unlink(missing_ok=True)


def older_than(moment: datetime) -> set[str]:
    """Those that nobody has written to since."""
    return {
        path.name.removesuffix("-journal")
        for path in folder().iterdir()
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < moment
    }
