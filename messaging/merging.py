"""What differs per recipient: while rendering a token stands in, at sending the value replaces it.

The tokens survive Liquid, Markdown and the sanitiser unchanged; those of links are links.
"""

import html
from collections.abc import Mapping

FIELDS = {
    "salutation": "xMERGEsalutationx",
    "unsubscribe_url": "https://merge.invalid/unsubscribe",
    "feedback_url": "https://merge.invalid/feedback",
    "preferences_url": "https://merge.invalid/preferences",
    "confirm_url": "https://merge.invalid/confirm",
}


def merge(text: str, values: Mapping[str, str]) -> str:
    for field, token in FIELDS.items():
        text = text.replace(token, values[field])
    return text


def merge_html(source: str, values: Mapping[str, str]) -> str:
    return merge(source, {field: html.escape(value) for field, value in values.items()})
