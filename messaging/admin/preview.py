"""What a template will look like, filled with a made-up incident."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from audiences.admin.pages import ObjectPage
from messaging import merging
from messaging.models import Broadcast, Template, TemplateVariant
from messaging.services import brand, placeholders, rendering


@dataclass(frozen=True)
class Preview:
    variant: TemplateVariant
    subject: str = ""
    text: str = ""
    html: str = ""
    sms_text: str = ""
    error: str = ""


class PreviewPage(ObjectPage, TemplateView):
    title = _("Preview with a made-up incident")
    template_name = "admin/messaging/preview.html"
    permission = "view"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, previews=previews(self.object))


def previews(template: Template) -> list[Preview]:
    """Every variant of a template, rendered as a recipient would get it."""
    purpose = Broadcast.Purpose.FEEDBACK if template.asks else Broadcast.Purpose.NOTICE
    variants = template.variants.select_related("template").order_by("language", "detail")
    return [_preview(variant, purpose) for variant in variants]


def _preview(variant: TemplateVariant, purpose: str) -> Preview:
    with override(variant.language):
        facts, reader = sample_facts(), sample_reader()
    try:
        rendered = rendering.render(variant, facts, purpose, brand.look())
    except placeholders.BadTemplate as error:
        return Preview(variant, error=str(error))
    return Preview(
        variant,
        subject=merging.merge(rendered.subject, reader),
        text=merging.merge(rendered.text, reader),
        html=brand.on_page(merging.merge_html(rendered.html, reader)),
        sms_text=merging.merge(rendered.sms_text, reader),
    )


def sample_facts() -> dict[str, str]:
    """The facts of an incident that never happened, in the current language."""
    return {
        "title": gettext("Delayed sign-in"),
        "status": gettext("identified"),
        "impact": gettext("major"),
        "components": gettext("Sign-in"),
        "update": gettext("We have found the cause and are working on the fix."),
        "technical": gettext("Two of three session stores are read-only."),
        "next_update": gettext("14:30 CET"),
        "started": gettext("13:05 CET"),
        "resolved": gettext("15:10 CET"),
        "effect": gettext("Signing in takes up to a minute."),
        "workaround": gettext("Stay signed in where you are."),
        "self_help": gettext("Orders can be entered by file as well: Portal → Import."),
        "incident_url": f"{settings.PUBLIC_BASE_URL}/incidents/example/",
        "organisation": settings.ORGANISATION_NAME,
        "question": _sample_question(),
    }


def _sample_question() -> str:
    asked = gettext("How satisfied were you with our messages?")
    address = merging.FIELDS["feedback_url"]
    return "\n".join([f"**{asked}**\n", *(f"[{n}]({address}?score={n})" for n in range(1, 6))])


def sample_reader() -> dict[str, str]:
    return {
        "salutation": gettext("Hello %(name)s,") % {"name": "Ana Example"},
        "support": gettext(
            "You can reach us: support line +49 341 5550100 (open until 18:00 CET)."
        ),
        "unsubscribe_url": f"{settings.PUBLIC_BASE_URL}/u/example/",
        "feedback_url": f"{settings.PUBLIC_BASE_URL}/f/example/",
        "preferences_url": f"{settings.PUBLIC_BASE_URL}/p/example/",
        "confirm_url": f"{settings.PUBLIC_BASE_URL}/c/example/",
    }
