"""Calls of Anymail for one message, or for many in one: everybody gets a message of their own."""

import json
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from anymail.backends.base import AnymailBaseBackend
from anymail.exceptions import AnymailAPIError
from anymail.message import AnymailMessage
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.utils.module_loading import import_string

from messaging.channels import Message
from messaging.channels.merged import Merged, enclose
from messaging.channels.providers import Provider, Whole
from messaging.merging import FIELDS, in_html

# One delivery in one installation, whichever call it is part of.
_KEYS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:klartext:delivery")


def backend_class() -> type[Any]:
    """:raises ImproperlyConfigured: the backend is not Anymail's; to others, many are one mail."""
    found: type[Any] = import_string(settings.EMAIL_BACKEND)
    if not issubclass(found, AnymailBaseBackend):
        raise ImproperlyConfigured(f"{settings.EMAIL_BACKEND} is no backend of Anymail's.")
    return found


def backend(provider: Provider) -> Any:
    """Anymail's backend with what it cannot do by itself."""
    made = type("Backend", (_Calls, backend_class()), {"provider": provider})
    return made(ignore_recipient_status=True, **provider.options)


class _Calls:
    provider: Provider

    def build_message_payload(self, mail: Any, defaults: Any) -> Any:
        payload = super().build_message_payload(mail, defaults)  # type: ignore[misc]
        if self.provider.key_http_header:
            payload.headers[self.provider.key_http_header] = mail.key
        whole, each = self.provider.whole, getattr(mail, "each_merged", None)
        if whole and each:
            payload.serialize_data = partial(_with_each_merged, payload.serialize_data, whole, each)
        return payload

    def parse_recipient_status(self, *args: Any) -> Any:
        try:
            return super().parse_recipient_status(*args)  # type: ignore[misc]
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            if isinstance(error, AnymailAPIError):
                raise
            # The provider has answered: what it meant is unknown, not what we sent.
            raise AnymailAPIError(f"No answer Anymail can read: {error!r}") from error


def _with_each_merged(serialize: Callable[[], str], whole: Whole, each: Sequence[Merged]) -> str:
    """Put each recipient's own words into the list that Anymail made of the recipients."""
    data = json.loads(serialize())
    theirs = data
    for step in whole.path:
        theirs = theirs[step]
    for entry, one in zip(theirs, each, strict=True):
        entry.update(_parts(whole, one.subject, one.text, one.html))
    if whole.has_default:
        data.update(_parts(whole, "-", "-", "-"))
    return json.dumps(data)


def _parts(whole: Whole, subject: str, text: str, html: str) -> dict[str, str]:
    return {whole.subject: subject, whole.text: text, whole.html: html}


def for_one(message: Message, merged: Merged, provider: Provider) -> Any:
    mail = merged.as_mail()
    if provider.takes_metadata:
        mail.metadata = _metadata(message)  # type: ignore[attr-defined]
    return _with_extras(mail, [message], provider)


def for_many(messages: Sequence[Message], each: Sequence[Merged], provider: Provider) -> Any:
    """One call, in which the addresses and headers of each are for that one alone."""
    mail: Any
    if provider.whole:
        mail = AnymailMessage(to=[one.to for one in each])
        mail.each_merged = each
    else:
        mail = _with_variables(messages, each, provider.variable)
    enclose(mail, messages[0].content.picture)
    mail.merge_headers = {one.to: one.headers for one in each}
    mail.merge_metadata = {message.to: _metadata(message) for message in messages}
    return _with_extras(mail, messages, provider)


def _metadata(message: Message) -> dict[str, str]:
    return {"delivery": str(message.id)}


def _with_extras(
    mail: EmailMultiAlternatives, messages: Sequence[Message], provider: Provider
) -> EmailMultiAlternatives:
    mail.extra_headers |= provider.headers
    if provider.has_key:
        key = idempotency_key(messages)
        mail.key = key  # type: ignore[attr-defined]
        if provider.key_header:
            mail.extra_headers[provider.key_header] = key
    return mail


def idempotency_key(messages: Sequence[Message]) -> str:
    """The same for the same deliveries of this installation, however often they are tried."""
    ids = ",".join(str(message.id) for message in messages)
    return str(uuid.uuid5(_KEYS, f"{settings.PUBLIC_BASE_URL} {ids}"))


def _with_variables(messages: Sequence[Message], each: Sequence[Merged], variable: str) -> Any:
    """One content with the provider's variables for our merge fields; HTML has its own."""
    content = messages[0].content
    mail = AnymailMessage(
        _open(content.subject, variable, "text"),
        _open(content.text, variable, "text"),
        to=[one.to for one in each],
    )
    mail.attach_alternative(_open(content.html, variable, "html"), "text/html")
    mail.merge_data = {message.to: _variables(message) for message in messages}
    return mail


def _open(source: str, variable: str, part: str) -> str:
    for field, token in FIELDS.items():
        source = source.replace(token, variable.format(f"{part}_{field}"))
    return source


def _variables(message: Message) -> dict[str, str]:
    texts = {f"text_{field}": value for field, value in message.values.items()}
    return texts | {f"html_{name}": in_html(name, value) for name, value in message.values.items()}
