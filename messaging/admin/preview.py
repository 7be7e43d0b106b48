"""What a template is filled with where there is no incident: one that never happened."""

from django.conf import settings
from django.utils.translation import gettext

from messaging import merging
from messaging.channels import sms_senders
from messaging.services import links


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
        "wrong_at": gettext("13:40 CET"),
        "what": gettext("Promised update"),
        "due": gettext("14:30 CET"),
        "why": gettext("You answer for it. If nobody reacts, the next person is called."),
        "instructions": gettext("Call each key account, and say what you know."),
        "can_reply": gettext("yes") if sms_senders.takes_answers() else "",
        "duty_url": f"{settings.PUBLIC_BASE_URL}/d/example/",
        # As long as any.
        "incident_url": f"{settings.PUBLIC_BASE_URL}/incidents/abcdefghijkl/",
        "short_url": f"{settings.PUBLIC_BASE_URL}/i/abcdefghijkl",
        "organisation": settings.ORGANISATION_NAME,
        "intro": gettext("We would like to know how you are getting on with us."),
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
        **links.of_nobody(),
    }
