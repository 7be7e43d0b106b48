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
    purpose = (
        Broadcast.Purpose.FEEDBACK
        if template.stage == Template.Stage.FEEDBACK
        else Broadcast.Purpose.NOTICE
    )
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
        "scope": gettext("About a third of all sign-ins in the EU; nobody elsewhere."),
        "action": gettext("We are moving the sessions to another store."),
        "workaround": gettext("Stay signed in where you are."),
        "cause": gettext("A store in which sign-ins are kept has run full."),
        "technical_cause": gettext("Session store 2 ran out of memory after the rebalancing."),
        "systems": "session-2, session-3",
        "self_help": gettext("Orders can be entered by file as well: Portal → Import."),
        "what": gettext("Promised update"),
        "due": gettext("14:30 CET"),
        "why": gettext("You answer for it. If nobody reacts, the next person is called."),
        "instructions": gettext("Call each key account, and say what you know."),
        "can_reply": gettext("yes"),
        "duty_url": f"{settings.PUBLIC_BASE_URL}/d/example/",
        "incident_url": f"{settings.PUBLIC_BASE_URL}/incidents/example/",
        "organisation": settings.ORGANISATION_NAME,
    }


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
