"""One recipient's message: the frozen content, merged, with the headers that make it arrive."""

from django.conf import settings

from messaging.channels import Message
from messaging.models import BroadcastContent, Delivery
from messaging.services import merging


class NoContent(Exception):
    """The broadcast says nothing in any language this delivery could be read in."""


class Composer:
    """Holds the contents of the broadcasts at hand, so that each is read once per drain."""

    def __init__(self) -> None:
        self._contents: dict[int, dict[tuple[str, str], BroadcastContent]] = {}

    def compose(self, delivery: Delivery) -> Message:
        """:raises NoContent: nothing to say to this person."""
        content = self._content(delivery)
        values = merging.values(delivery)
        if delivery.channel == "sms":
            return Message(
                to=delivery.address,
                text=merging.merge(content.sms_text, values),
                callback_url=f"{settings.PUBLIC_BASE_URL}/hooks/twilio/status/{delivery.pk}/",
            )
        return Message(
            to=delivery.address,
            subject=merging.merge(content.subject, values),
            text=merging.merge(content.text, values),
            html=merging.merge_html(content.html, values),
            headers=headers(delivery, values["unsubscribe_url"]),
        )

    def _content(self, delivery: Delivery) -> BroadcastContent:
        if delivery.broadcast_id not in self._contents:
            self._contents[delivery.broadcast_id] = {
                (content.language, content.detail): content
                for content in BroadcastContent.objects.filter(broadcast=delivery.broadcast_id)
            }
        contents = self._contents[delivery.broadcast_id]
        details = (delivery.detail, "public")
        for language in (delivery.language, settings.LANGUAGE_CODE, *(key[0] for key in contents)):
            for detail in details:
                content = contents.get((language, detail))
                if content and (delivery.channel != "sms" or content.sms_text):
                    return content
        raise NoContent(delivery.broadcast_id)


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
