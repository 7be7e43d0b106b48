"""System checks of what only shows once all settings are read."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection


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
    return [Error("The webhooks of the e-mail provider have no secret.", hint, id="config.E002")]
