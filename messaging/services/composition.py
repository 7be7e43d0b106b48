"""One recipient's message: the frozen content, merged, with the headers that make it arrive."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from messaging.channels import Content, Message
from messaging.models import BroadcastContent, Delivery
from messaging.services import links


class NoContent(Exception):
    """The broadcast says nothing in any language this delivery could be read in."""


class Composer:
    """Holds the contents of the broadcasts at hand, so that each is read once per drain."""

    def __init__(self) -> None:
        self._contents: dict[int, dict[tuple[str, str], Content]] = {}

    def compose(self, delivery: Delivery) -> Message:
        """:raises NoContent: nothing to say to this person."""
        values = merge_values(delivery)
        return Message(
            to=delivery.address,
            content=self._content(delivery),
            values=values,
            headers=headers(delivery, values["unsubscribe_url"]),
            callback_url=f"{settings.PUBLIC_BASE_URL}/hooks/twilio/status/{delivery.pk}/",
        )

    def _content(self, delivery: Delivery) -> Content:
        if delivery.broadcast_id not in self._contents:
            self._contents[delivery.broadcast_id] = {
                (row.language, row.detail): Content(row.subject, row.text, row.html, row.sms_text)
                for row in BroadcastContent.objects.filter(broadcast=delivery.broadcast_id)
            }
        contents = self._contents[delivery.broadcast_id]
        details = (delivery.detail, "public")
        for language in (delivery.language, settings.LANGUAGE_CODE, *(key[0] for key in contents)):
            for detail in details:
                content = contents.get((language, detail))
                if content and (delivery.channel != "sms" or content.sms_text):
                    return content
        raise NoContent(delivery.broadcast_id)


def merge_values(delivery: Delivery) -> dict[str, str]:
    """This person's values for `merging.FIELDS`."""
    name = " ".join(delivery.contact.name.split()) if delivery.contact else ""
    with override(delivery.language):
        salutation = _("Hello %(name)s,") % {"name": name} if name else _("Hello,")
    return {
        "salutation": salutation,
        "unsubscribe_url": links.unsubscribe_url(delivery.key),
        "feedback_url": links.feedback_url(delivery.key),
    }


def headers(delivery: Delivery, unsubscribe_url: str) -> dict[str, str]:
    """RFC 8058 and 2369 (leaving), 2919 (which list), 3834 (automatic), 5322 (one thread)."""
    broadcast, domain = delivery.broadcast, settings.MAIL_DOMAIN
    thread = f"<{broadcast.thread}.{delivery.contact_id}@{domain}>"
    stream = "feedback" if broadcast.purpose == "feedback" else "notices"
    return {
        "Message-ID": f"<{broadcast.key.hex}.{delivery.pk}@{domain}>",
        "References": thread,
        "In-Reply-To": thread,
        "List-Unsubscribe": f"<{unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"{settings.ORGANISATION_NAME} <{stream}.{domain}>",
        "Auto-Submitted": "auto-generated",
    }
