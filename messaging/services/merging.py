"""What differs per recipient: while rendering a token stands in, at sending the value replaces it.

The tokens survive Liquid, Markdown and the sanitiser unchanged; those of links are links.
"""

import html
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import override

from messaging.models import Delivery
from messaging.services import links

FIELDS = {
    "salutation": "xMERGEsalutationx",
    "unsubscribe_url": "https://merge.invalid/unsubscribe",
    "feedback_url": "https://merge.invalid/feedback",
}


def values(delivery: Delivery) -> dict[str, str]:
    name = delivery.contact.name if delivery.contact else ""
    with override(delivery.language):
        salutation = _("Hello %(name)s,") % {"name": name} if name else _("Hello,")
    return {
        "salutation": salutation,
        "unsubscribe_url": links.unsubscribe_url(delivery.key),
        "feedback_url": links.feedback_url(delivery.key),
    }


def merge(text: str, values: Mapping[str, str]) -> str:
    for field, token in FIELDS.items():
        text = text.replace(token, values[field])
    return text


def merge_html(source: str, values: Mapping[str, str]) -> str:
    return merge(source, {field: html.escape(value) for field, value in values.items()})
