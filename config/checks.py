"""System checks of what only shows once all settings are read."""

from typing import Any

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
