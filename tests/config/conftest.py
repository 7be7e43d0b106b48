import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config import environment

SETTINGS = Path(environment.__file__).with_name("settings.py")

OPTIONAL = (
    *("MAIL_PROVIDER", "TIME_ZONE", "LOG_LEVEL", "SENDERS"),
    *("SMS_PRICE_PER_SEGMENT", "SMS_CURRENCY"),
)
COMPLETE = {
    "SECRET_KEY": "a-secret-of-more-than-fifty-characters-0123456789-abcdefgh",
    "DATABASE_URL": "postgres://klartext:secret@db.example.com:5432/klartext",
    "REDIS_URL": "redis://broker.example.com:6379/0",
    "PUBLIC_BASE_URL": "https://status.example.com",
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
    "TWILIO_AUTH_TOKEN": "secret",
    "TWILIO_FROM": "+15005550006",
    "MAIL_FROM": "Example Status <status@example.com>",
    "EMAIL_URL": "smtp+tls://klartext:p%40ss@mail.example.com:587",
}

FURTHER = (
    "MAIL_PROVIDER",
    "TIME_ZONE",
    "LOG_LEVEL",
    "SENDERS",
    "SMS_CURRENCY",
    "TWILIO_AUTH_TOKEN_FALLBACKS",
)

Read = Callable[..., dict[str, Any]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Read:
    """Read the settings as a fresh process would, with exactly this environment."""

    def read(**variables: str) -> dict[str, Any]:
        for name in {*COMPLETE, *FURTHER}:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("KLARTEXT_VAR", str(tmp_path))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS))

    return read
