"""Strict reading of the environment: a missing or wrong value names the variable and the fix."""

import os
import re
from collections.abc import Collection
from decimal import Decimal
from email.utils import parseaddr
from urllib.parse import SplitResult, urlsplit
from zoneinfo import available_timezones

import email_validator
from django.core.exceptions import ImproperlyConfigured

from messaging.channels import sms_senders

# One of these set means production; then each of them has to be.
PRODUCTION = {
    "SECRET_KEY": "a long random string, for example from `openssl rand -base64 48`",
    "DATABASE_URL": "postgres://user:password@host:5432/name",
    "REDIS_URL": "redis://host:6379/0",
    "PUBLIC_BASE_URL": "the https address customers see, for example https://status.example.com",
    "TWILIO_ACCOUNT_SID": "the account SID (AC…) from the Twilio console",
    "TWILIO_AUTH_TOKEN": "the auth token from the Twilio console",
    "TWILIO_FROM": "a number in E.164, a messaging service (MG…), or a name of up to 11 letters",
    "MAIL_FROM": "the sender of notices, for example Example Status <status@example.com>",
}


def is_embedded() -> bool:
    return not any(os.environ.get(name) for name in PRODUCTION)


def required(name: str) -> str:
    """Read a production variable.

    :raises ImproperlyConfigured: names every variable that is missing, and what belongs into it.
    """
    missing = [key for key in PRODUCTION if not os.environ.get(key)]
    if missing:
        lines = "\n".join(f"  {key}: set it to {PRODUCTION[key]}" for key in missing)
        raise ImproperlyConfigured(
            f"Production needs more of its environment:\n{lines}\n"
            "To run the embedded set-up instead, unset "
            + ", ".join(key for key in PRODUCTION if key not in missing)
            + "."
        )
    return os.environ[name]


def url(name: str, *schemes: str) -> str:
    """Read a URL and insist on its scheme and host.

    :raises ImproperlyConfigured: the value is no such URL.
    """
    value = required(name)
    parts = _split(value)
    if not parts or parts.scheme not in schemes or not parts.hostname:
        raise _unusable(name, schemes)
    return value.rstrip("/")


def site(name: str, *schemes: str) -> str:
    """Read the URL of a site, to which paths are added.

    :raises ImproperlyConfigured: the value is no such URL, or goes on behind the host.
    """
    value = url(name, *schemes)
    parts = urlsplit(value)
    if parts.path or parts.query or parts.fragment or parts.username:
        raise ImproperlyConfigured(
            f"{name} must end with the host (and its port): write {parts.scheme}://"
            f"{parts.netloc.rpartition('@')[2]}, not {value}."
        )
    return value


def _unusable(name: str, schemes: tuple[str, ...]) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{name} has no usable address: write {PRODUCTION[name]} (scheme {' or '.join(schemes)})."
    )


def _split(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return None
    return parts


def database_url(name: str) -> str:
    """Read the URL of a PostgreSQL database.

    :raises ImproperlyConfigured: the value is no such URL, or names no database.
    """
    schemes = ("postgres", "postgresql")
    value = required(name)
    parts = _split(value)
    # Without a host it is a Unix socket: postgres://user@//folder/name
    if not parts or parts.scheme not in schemes:
        raise _unusable(name, schemes)
    if not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} names no database: write {PRODUCTION[name]}.")
    return value


def mail_url(name: str, *schemes: str) -> str:
    """Read the URL of a mail server.

    :raises ImproperlyConfigured: the value is none, or of a kind that sends nothing.
    """
    value = os.environ[name]
    parts = _split(value)
    if not parts or parts.scheme not in schemes or not parts.hostname or not parts.port:
        raise ImproperlyConfigured(
            f"{name} has no usable address: write smtp+tls://user:password@host:587 "
            f"(scheme {' or '.join(schemes)}, with the port)."
        )
    return value


def sender(name: str) -> tuple[str, str]:
    """Read a sender: as it is written, and the domain of its address.

    :raises ImproperlyConfigured: the value has no address.
    """
    value = required(name)
    local, _, domain = parseaddr(value)[1].rpartition("@")
    if not local or "." not in domain:
        raise ImproperlyConfigured(f"{name} has no address: it should be {PRODUCTION[name]}.")
    return value, domain


def one_of(name: str, known: Collection[str], default: str) -> str:
    """Read one of a few words.

    :raises ImproperlyConfigured: the value is none of them.
    """
    value = os.environ.get(name) or default
    if value not in known:
        raise ImproperlyConfigured(
            f"{name} must be one of {', '.join(sorted(filter(None, known)))}, not {value!r}."
        )
    return value


def time_zone(name: str, default: str) -> str:
    """Read a time zone.

    :raises ImproperlyConfigured: nobody knows that zone.
    """
    value = os.environ.get(name) or default
    if value not in available_timezones():
        raise ImproperlyConfigured(f"{name} must be a zone such as Europe/Berlin, not {value!r}.")
    return value


def matching(name: str, starts: tuple[str, ...]) -> str:
    """Read a value with a known beginning.

    :raises ImproperlyConfigured: the value begins otherwise.
    """
    value = required(name)
    if not value.startswith(starts):
        raise ImproperlyConfigured(f"{name} looks wrong: it should be {PRODUCTION[name]}.")
    return value


def text_sender(name: str) -> str:
    """Read who texts come from.

    :raises ImproperlyConfigured: the value is no number, no messaging service and no name.
    """
    value = required(name)
    if not sms_senders.kind(value):
        raise ImproperlyConfigured(f"{name} looks wrong: it should be {PRODUCTION[name]}.")
    return value


def whole_number(name: str, default: int, *, least: int = 1, most: int | None = None) -> int:
    """Read a whole number within its bounds.

    :raises ImproperlyConfigured: the value is none, or out of bounds.
    """
    value = os.environ.get(name, "")
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise ImproperlyConfigured(f"{name} must be a whole number above 0, not {value!r}.")
    if int(value) < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}, not {value}.")
    if most is not None and int(value) > most:
        raise ImproperlyConfigured(f"{name} must be at most {most}, not {value}.")
    return int(value)


def count(name: str) -> int:
    """Read how many there are; none where it is not set.

    :raises ImproperlyConfigured: the value is no whole number.
    """
    return 0 if os.environ.get(name, "") in ("", "0") else whole_number(name, 0)


def domains(name: str) -> frozenset[str]:
    """Read domains of mailboxes, separated by commas, in the spelling that addresses are stored in.

    :raises ImproperlyConfigured: one of them is none.
    """
    values = [value.strip() for value in os.environ.get(name, "").split(",")]
    return frozenset(_domain(name, value) for value in values if value)


def _domain(name: str, value: str) -> str:
    try:
        # "Test environment" lets the reserved .test domains in, as intake does.
        found = email_validator.validate_email(
            f"x@{value}", check_deliverability=False, test_environment=True
        )
    except email_validator.EmailNotValidError as error:
        raise ImproperlyConfigured(
            f"{name} must be domains such as example.com,example.org; {value!r} is none."
        ) from error
    return found.ascii_domain


def days(name: str, default: int) -> int:
    """Read for how many days something is kept; 0 keeps it.

    :raises ImproperlyConfigured: the value is no whole number.
    """
    value = os.environ.get(name, "")
    if not value:
        return default
    if not value.isascii() or not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a number of days, or 0 to keep, not {value!r}.")
    return int(value)


def amount(name: str, default: str) -> Decimal:
    """Read an amount of money, with a point before its decimals.

    :raises ImproperlyConfigured: the value is none, or below 0.
    """
    value = os.environ.get(name) or default
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", value, re.ASCII):
        raise ImproperlyConfigured(f"{name} must be an amount such as {default}, not {value!r}.")
    return Decimal(value)


def currency(name: str, default: str) -> str:
    """Read a currency's code (ISO 4217).

    :raises ImproperlyConfigured: the value is none.
    """
    value = os.environ.get(name) or default
    if not re.fullmatch("[A-Z]{3}", value):
        raise ImproperlyConfigured(f"{name} must be a code such as {default}, not {value!r}.")
    return value


def switch(name: str) -> bool:
    """Read a yes or no; no where it is not set.

    :raises ImproperlyConfigured: the value is neither.
    """
    return one_of(name, {"yes", "no"}, "no") == "yes"
