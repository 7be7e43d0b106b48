"""System checks of what only shows once all settings are read."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from redis import Redis, RedisError

# Of these, every mail would have more than its own.
_SHARED = ("to", "cc", "bcc", "merge_data", "merge_headers", "merge_metadata", "merge_global_data")
# For a question to Redis.
_SECONDS = 2


@register
def mail_provider_is_complete(**kwargs: Any) -> list[CheckMessage]:
    """An Anymail provider has its key, and the library it needs."""
    try:
        get_connection()
    except ImproperlyConfigured as error:
        hint = "The environment takes the names that begin with ANYMAIL_."
        return [Error(str(error), hint=hint, id="config.E001")]
    return []


@register
def mail_is_for_one_reader(**kwargs: Any) -> list[CheckMessage]:
    """No setting of Anymail's adds a reader to a mail, or drops what is a reader's own."""
    return [
        Error(f"ANYMAIL[{name!r}] {why}", hint="Remove it.", id="config.E002")
        for name, value in settings.ANYMAIL.items()
        if (why := _why_not_for_one(name, value))
    ]


def _why_not_for_one(name: str, value: Any) -> str:
    if name == "IGNORE_UNSUPPORTED_FEATURES" and value:
        return "drops the unsubscribe link of a reader where the provider has no place for it."
    if name.endswith("SEND_DEFAULTS") and isinstance(value, Mapping):
        shared = [each for each in _SHARED if each in value]
        return f"gives every mail the same {', '.join(shared)}." if shared else ""
    return ""


@register
def mail_webhooks_have_a_secret(**kwargs: Any) -> list[CheckMessage]:
    """Whoever knows the address of a provider's webhook must not be able to speak for it."""
    if not settings.MAIL_PROVIDER:
        return []
    user, _colon, password = str(settings.ANYMAIL.get("WEBHOOK_SECRET", "")).partition(":")
    if user and password:
        return []
    hint = (
        "Set ANYMAIL_WEBHOOK_SECRET to user:password, both long and random, and give the provider"
        f" this address: https://user:password@…/hooks/mail/{settings.MAIL_PROVIDER}/tracking/"
    )
    return [Error("The webhooks of the e-mail provider have no secret.", hint, id="config.E003")]


@register(deploy=True)
def visitors_can_be_told_apart(**kwargs: Any) -> list[CheckMessage]:
    """Behind a proxy everybody comes from its address: the limits would be theirs together."""
    if settings.EMBEDDED or settings.TRUSTED_PROXIES:
        return []
    return [
        Warning(
            "Limits on sign-ups take everybody behind a proxy for one visitor.",
            hint="Set TRUSTED_PROXIES to how many proxies append to X-Forwarded-For, usually 1.",
            id="config.W003",
        )
    ]


@register(deploy=True)
def broker_forgets_nothing(**kwargs: Any) -> list[CheckMessage]:
    """A Redis that evicts keys when it is full drops wake-ups.

    One that is away, or does not tell, is no reason not to start.
    """
    if settings.EMBEDDED:
        return []
    options = {"socket_timeout": _SECONDS, "socket_connect_timeout": _SECONDS}
    try:
        with Redis.from_url(settings.CELERY_BROKER_URL, **options) as client:
            policy = client.info("memory").get("maxmemory_policy", "noeviction")
    except (RedisError, OSError):
        return []
    if policy == "noeviction":
        return []
    return [
        Warning(
            f"Redis may drop wake-ups when its memory is full: its policy is {policy}.",
            hint="Set maxmemory-policy to noeviction.",
            id="config.W002",
        )
    ]
