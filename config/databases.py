"""How the database is spoken to, in either set-up."""

from pathlib import Path
from typing import Any

import environ

from config import environment


def sqlite(*, folder: Path) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": folder / "klartext.sqlite3",
        # Immediate transactions wait for the lock instead of failing when they upgrade to it.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
        # Opening it takes longer than most tasks of a quiet second; and whoever closes the file's
        # last connection tidies it up and waits for the disk.
        "CONN_MAX_AGE": 60,
    }


def postgres() -> dict[str, Any]:
    options = environ.Env.db_url_config(environment.database_url("DATABASE_URL"))
    # A server that is gone without a word is noticed in seconds, not after the kernel's hours.
    patience = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives_idle": 30}
    options["OPTIONS"] = {**patience, **options.get("OPTIONS", {})}
    return {**options, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
