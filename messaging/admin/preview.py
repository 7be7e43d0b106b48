"""What a template is filled with where there is no incident: one that never happened."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from messaging import merging
from messaging.channels import sms_senders
from messaging.check.stages import CAUSE_UNKNOWN, OF_MAINTENANCE
from messaging.models import Template
from messaging.services import links, placeholders

Stage = Template.Stage
_LOOKING = _("We are looking for what makes signing in so slow.")
_ANNOUNCED = _("We are moving sign-in to new servers.")
_TAKES_LONGER = _("Two of three stores are moved. The third one takes longer than planned.")
_UPDATES: Mapping[str, StrPromise] = {
    **dict.fromkeys((Stage.ACKNOWLEDGE, Stage.SCOPE, Stage.HOLDING), _LOOKING),
    Stage.IDENTIFIED: _("We have found the cause and are working on the fix."),
    Stage.MONITORING: _("We have moved the sessions, and are watching how fast signing in is."),
    Stage.RESOLVED: _("Signing in is as fast as before. There is nothing left for you to do."),
    Stage.POSTMORTEM: _("A store had run full. An alarm rings from now on before one does."),
    Stage.COMMITMENT: _("What we promised after the slow sign-ins is done."),
    **dict.fromkeys((Stage.ANNOUNCE, Stage.MOVED), _ANNOUNCED),
    Stage.STARTED: _("We have begun to move sign-in to new servers."),
    **dict.fromkeys((Stage.OVERRUN, Stage.EXTENDED), _TAKES_LONGER),
    Stage.ROLLED_BACK: _("We have gone back to the old servers. Signing in works as before."),
    Stage.VERIFYING: _("Sign-in runs on the new servers. We are trying every way to sign in."),
    Stage.COMPLETED: _("The move is finished: sign-in runs on the new servers."),
    Stage.CANCELLED: _("We do not move sign-in on Saturday after all: nothing changes for you."),
}


def sample_facts(*, stage: str) -> dict[str, str]:
    """The facts of an incident that never happened, as far as they are known at a stage, in the
    current language."""
    of_stage = _maintenance() if stage in OF_MAINTENANCE else _incident(stage)
    said = _UPDATES.get(stage, _UPDATES[Stage.IDENTIFIED])
    return {
        **_of_any(),
        **of_stage,
        "rolled_back": gettext("23:40 CET") if stage == Stage.ROLLED_BACK else "",
        "update": str(said) if "update" in placeholders.known_at(stage) else "",
    }


def _of_any() -> dict[str, str]:
    return {
        "impact": gettext("major"),
        "components": gettext("Sign-in"),
        "next_update": gettext("14:30 CET"),
        "started": gettext("13:05 CET"),
        "resolved": gettext("15:10 CET"),
        "systems": "session-2, session-3",
        "self_help": gettext("Orders can be entered by file as well: Portal → Import."),
        "wrong_at": gettext("13:40 CET"),
        "commitment": gettext("An alarm that rings before a store runs full."),
        "outcome": gettext("It is in place, and we have tried it twice."),
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


def _incident(stage: str) -> dict[str, str]:
    known = {
        "title": gettext("Delayed sign-in"),
        "status": gettext("identified"),
        "technical": gettext("Two of three session stores are read-only."),
        "effect": gettext("Signing in takes up to a minute."),
        "scope": gettext("About a third of all sign-ins in the EU; nobody elsewhere."),
        "action": gettext("We are moving the sessions to another store."),
        "workaround": gettext("Stay signed in where you are."),
        "cause": gettext("A store in which sign-ins are kept has run full."),
        "technical_cause": gettext("Session store 2 ran out of memory after the rebalancing."),
    }
    if stage not in CAUSE_UNKNOWN:
        return known
    return {
        **known,
        "status": gettext("investigating"),
        "action": gettext("Two teams are going through the changes of this morning."),
        "cause": "",
        "technical_cause": "",
    }


def _maintenance() -> dict[str, str]:
    return {
        "title": gettext("Move to new servers"),
        "status": gettext("scheduled"),
        "scheduled_for": gettext("Saturday 22:00 CET"),
        "scheduled_until": gettext("Sunday 01:00 CET"),
        "old_for": gettext("Friday 22:00 CET"),
        "old_until": gettext("Saturday 01:00 CET"),
        "reason": gettext("Friday is the busiest evening of the month."),
        "technical": gettext("The session stores move to other hosts, one after the other."),
        "effect": gettext("For up to ten minutes nobody can sign in; whoever is signed in stays."),
        "scope": gettext("Everybody who signs in during that time."),
        "action": gettext("We are moving one store after the other."),
        "workaround": gettext("Sign in before it begins."),
        "work": gettext("The stores are copied, and then switched over."),
        "risk": gettext("Signing in may take longer until all are moved."),
        "rollback": gettext("The old stores stay ready until Monday."),
        "cause": "",
        "technical_cause": "",
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
