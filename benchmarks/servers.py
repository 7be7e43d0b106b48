"""PostgreSQL as durable as in production, Valkey, and the environment that leads to them."""

import os
import secrets
from contextlib import AbstractContextManager
from pathlib import Path

from tests import services
from tests.ports import free_port
from tests.services import valkey as valkey

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "max_connections": "200",
    "timezone": "UTC",
    # Count what the engine asks, and tell when the last result was committed.
    "shared_preload_libraries": "pg_stat_statements",
    "track_commit_timestamp": "on",
}


def postgres() -> AbstractContextManager[str]:
    return services.postgres(POSTGRES_SETTINGS)


def environment(*, database: str, broker: str, folder: Path, senders: int) -> dict[str, str]:
    """Everything a production installation is told, and where this run writes."""
    server = database.removesuffix("/postgres")
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATABASE_URL": database,
        "BENCH_PEER_DATABASE": f"{server}/peer",
        "BENCH_FREEZE_DATABASE": f"{server}/frozen",
        "REDIS_URL": broker,
        "PUBLIC_BASE_URL": "https://status.example.com",
        "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
        "TWILIO_AUTH_TOKEN": "none",
        "TWILIO_FROM": "+15005550006",
        "MAIL_FROM": "Example Status <status@example.com>",
        "EMAIL_URL": f"smtp://127.0.0.1:{free_port()}",
        "MAIL_PROVIDER": "",
        "SENDERS": str(senders),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "KLARTEXT_VAR": str(folder),
        "BENCH_FOLDER": str(folder),
        "PYTHONPATH": os.getcwd(),
    }
