"""Where nobody can answer a text with STOP, it says itself where one can leave."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from messaging.channels import sms_senders
from messaging.merging import FIELDS

# Whoever has their settings before them can leave as well.
_WAYS = FIELDS["unsubscribe_url"], FIELDS["preferences_url"]


def with_way_out(text: str, *, language: str) -> str:
    """The text of a notice or a feedback request as it has to go out.

    Letters that somebody asked for, and calls to our own people, have no list to leave.
    """
    if not text or sms_senders.takes_answers() or any(way in text for way in _WAYS):
        return text
    with override(language):
        way = _("Opt out: %(url)s") % {"url": FIELDS["unsubscribe_url"]}
    return f"{text}\n{way}"
