"""The project's own files, as a clone would hold them."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = settings.BASE_DIR
APPS = ("config", "incidents", "feedback", "messaging", "audiences", "embedded")
NOT_OURS = {".git", ".venv", "var", "static-root", "test-results", "__pycache__"}
CACHES = ("_cache", ".hypothesis")


def _is_ours(path: Path) -> bool:
    return path.name not in NOT_OURS and not path.name.endswith(CACHES)


def files(folder: Path = ROOT) -> Iterator[Path]:
    # Not from git: a clone of somebody else's is not to be asked about.
    for path in filter(_is_ours, sorted(folder.iterdir())):
        if path.is_dir():
            yield from files(path)
        elif path.is_file():
            yield path


def texts() -> Iterator[tuple[Path, str]]:
    """Every file that is text, by its path in the project."""
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content:
            yield path.relative_to(ROOT), content.decode()


def sources() -> Iterator[tuple[Path, str]]:
    """The Python of the apps, without migrations."""
    for path, text in texts():
        if path.suffix == ".py" and path.parts[0] in APPS and "migrations" not in path.parts:
            yield path, text
