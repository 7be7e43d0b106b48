"""How the admin looks and what its menu says."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _


def _may_see(model: str) -> Callable[[HttpRequest], bool]:
    app, name = model.split(".")

    def check(request: HttpRequest) -> bool:
        user = request.user
        return user.has_perm(f"{app}.view_{name}") or user.has_perm(f"{app}.change_{name}")

    return check


def _item(title: Any, model: str, icon: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model.replace('.', '_')}_changelist"),
        "permission": _may_see(model),
    }


def _group(title: Any, *items: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "items": list(items), "collapsible": False}


_NAVIGATION = [
    _group(
        _("Now"),
        {"title": _("What is going on"), "icon": "home", "link": reverse_lazy("admin:index")},
        _item(_("Incidents and maintenance"), "incidents.incident", "campaign"),
        _item(_("Approvals"), "incidents.approval", "how_to_reg"),
        _item(_("Promises"), "incidents.promise", "schedule"),
        _item(_("Post-mortems"), "incidents.postmortem", "lab_research"),
        _item(_("Commitments"), "incidents.commitment", "handshake"),
        {
            "title": _("How we do"),
            "icon": "monitoring",
            "link": reverse_lazy("admin:incidents_incident_score"),
            "permission": _may_see("incidents.incident"),
        },
    ),
    _group(
        _("Plans"),
        _item(_("Notification plans"), "incidents.plan", "checklist"),
        _item(_("Message templates"), "messaging.template", "draft"),
        _item(_("House words"), "messaging.houseword", "spellcheck"),
        _item(_("Appearance"), "messaging.brand", "palette"),
        _item(_("Services"), "incidents.component", "dns"),
        _item(_("Recurring maintenance"), "incidents.maintenanceseries", "update"),
        _item(_("Blackout periods"), "incidents.blackout", "event_busy"),
        _item(_("Plan reviews"), "incidents.planreview", "event_repeat"),
        _item(_("Drills"), "incidents.drill", "exercise"),
    ),
    _group(
        _("Sent messages"),
        _item(_("Broadcasts"), "messaging.broadcast", "send"),
        _item(_("Deliveries"), "messaging.delivery", "mark_email_read"),
        _item(_("Speed and senders"), "messaging.ratelimit", "speed"),
    ),
    _group(
        _("Audience"),
        _item(_("Contacts"), "audiences.contact", "person"),
        _item(_("Accounts"), "audiences.account", "apartment"),
        _item(_("Segments"), "audiences.segment", "groups"),
        _item(_("Consents"), "audiences.consentevent", "fact_check"),
        _item(_("Contact imports"), "audiences.contactimport", "upload"),
        _item(_("Changes to many"), "audiences.bulkchange", "checklist"),
        _item(_("Suppressions"), "audiences.suppression", "block"),
        _item(_("Erasures"), "audiences.erasure", "person_off"),
    ),
    _group(
        _("Reaching us"),
        _item(_("Ways to reach support"), "audiences.supportway", "support_agent"),
        _item(_("Closed days"), "audiences.closedday", "event_busy"),
    ),
    _group(
        _("Feedback"),
        _item(_("Follow-ups"), "feedback.followup", "phone_callback"),
        _item(_("You said, we changed"), "incidents.improvement", "auto_awesome"),
        {
            "title": _("Results"),
            "icon": "bar_chart",
            "link": reverse_lazy("admin:feedback_survey_results"),
            "permission": _may_see("feedback.response"),
        },
        {
            "title": _("What customers reward"),
            "icon": "scatter_plot",
            "link": reverse_lazy("admin:incidents_incident_rewards"),
            "permission": _may_see("feedback.response"),
        },
        _item(_("Comments"), "feedback.answer", "forum"),
        _item(_("Tags"), "feedback.tag", "label"),
        _item(_("Responses"), "feedback.response", "reviews"),
        _item(_("Surveys"), "feedback.surveyversion", "quiz"),
        _item(_("Survey rounds"), "feedback.surveyround", "outgoing_mail"),
    ),
    _group(
        _("Team"),
        _item(_("People"), "auth.user", "badge"),
        _item(_("Permissions"), "auth.group", "key"),
        _item(_("Responders"), "incidents.responder", "notifications_active"),
        _item(_("Calls"), "incidents.dutycall", "call"),
    ),
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Klartext",
    "SITE_HEADER": "Klartext",
    "SITE_SUBHEADER": _("Customer notification"),
    "SITE_SYMBOL": "campaign",
    "SHOW_LANGUAGES": True,
    "SHOW_VIEW_ON_SITE": True,
    "DASHBOARD_CALLBACK": "incidents.admin.dashboard.show",
    "STYLES": [lazy(static, str)("admin-klartext.css")],
    "SIDEBAR": {"show_search": True, "navigation": _NAVIGATION},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.6)",
            "100": "oklch(93.2% .032 255.6)",
            "200": "oklch(88.2% .059 254.1)",
            "300": "oklch(80.9% .105 251.8)",
            "400": "oklch(70.7% .165 254.6)",
            "500": "oklch(62.3% .214 259.8)",
            "600": "oklch(54.6% .245 262.9)",
            "700": "oklch(48.8% .243 264.4)",
            "800": "oklch(42.4% .199 265.6)",
            "900": "oklch(37.9% .146 265.5)",
            "950": "oklch(28.2% .091 267.9)",
        },
    },
}
