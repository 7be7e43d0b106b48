"""How e-mail leaves: by an Anymail provider when one is named, otherwise by SMTP."""

import os
from collections.abc import Mapping
from pkgutil import iter_modules
from typing import Any

import anymail.backends
import environ
from django.core.exceptions import ImproperlyConfigured

from config import environment

PROVIDERS: set[str] = {module.name for module in iter_modules(anymail.backends.__path__)} - {
    *("base", "base_requests", "console", "sendinblue", "test")
}
_SMTP = "messaging.channels.smtp.Backend"


def anymail_settings(*, provider: str) -> dict[str, Any]:
    """Anymail reads its own key (POSTMARK_SERVER_TOKEN …) from the settings it is given here."""
    keys = {
        name.removeprefix("ANYMAIL_"): value
        for name, value in os.environ.items()
        if provider and name.startswith("ANYMAIL_")
    }
    return {"REQUESTS_TIMEOUT": (5, 20), **keys}


def embedded(*, port: int) -> Mapping[str, Any]:
    return {"EMAIL_BACKEND": _SMTP, "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": port}


def way_out(*, provider: str) -> Mapping[str, Any]:
    """:raises ImproperlyConfigured: there is none, or there are two."""
    if provider and os.environ.get("EMAIL_URL"):
        raise ImproperlyConfigured(
            "Two ways to send e-mail are set, and only one can be meant: unset EMAIL_URL or"
            " MAIL_PROVIDER."
        )
    if provider:
        return {"EMAIL_BACKEND": f"anymail.backends.{provider}.EmailBackend"}
    if not os.environ.get("EMAIL_URL"):
        raise ImproperlyConfigured(
            "Production needs a way to send e-mail: set EMAIL_URL to"
            " smtp+tls://user:password@host:587, or MAIL_PROVIDER to an Anymail provider"
            " (postmark, brevo …) with its ANYMAIL_… key."
        )
    url = environment.mail_url("EMAIL_URL", "smtp", "smtp+tls", "smtp+ssl")
    return {**environ.Env.email_url_config(url), "EMAIL_BACKEND": _SMTP}
