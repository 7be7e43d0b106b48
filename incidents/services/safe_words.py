"""What a plan says by itself: where its words would tell customers a technical fact, these stay
back, and what comes with the product for that stage is said instead.

Nobody reads it before it goes out, so nobody could mend it; and silence would be worse.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from audiences.models import AudienceKind, Detail
from incidents.models import Incident, PlanStep, Responder, TimelineEntry, Update
from incidents.services import duty_letters, leaks, timeline
from incidents.services.leaks import Kept
from incidents.services.responders import Roster
from messaging.models import WORDS, Template, TemplateVariant
from messaging.services import library, placeholders, rendering
from messaging.services.broadcasts import Announcement
from messaging.services.placeholders import CannotSay

_NOT_SAID = placeholders.INTERNAL | {"incident_url", "short_url"}
# By language, by name.
Facts = Mapping[str, Mapping[str, str]]


def statement(
    texts: Mapping[str, str], *, step: PlanStep, incident: Incident, known: Facts
) -> tuple[dict[str, str], list[str]]:
    """A plan's filled statement as customers may read it, by language; and what was left out."""
    assert step.template, "a step that tells has a template (constraint step_has_words)"
    kept, said = leaks.kept_by(incident), dict(texts)
    quotes: list[str] = []
    for code, text in texts.items():
        if kept and (leaked := kept.quoted(text)):
            safe = _safe(kept, step.template, code, {**known[code], "update": text})
            said[code] = safe["update"]
            quotes += leaked
    return said, list(dict.fromkeys(quotes))


def announcement(
    announced: Announcement, *, step: PlanStep, incident: Incident
) -> tuple[Announcement, list[str]]:
    """What a step tells as its readers may have it, and what was left out for that.

    Facts that became internal since they were written are not told, and where a text still says
    one by itself, all of it gives way. What only our own people read stays as it is.
    """
    is_for_all = timeline.kinds_of(step) != {AudienceKind.INTERNAL}
    kept = leaks.kept_by(incident) if is_for_all else None
    if kept is None:
        return announced, []
    variants = list(announced.instead or announced.template.variants.all())
    quotes = [quote for one in variants for quote in _leaked(kept, one, announced.facts)]
    if not quotes:
        return announced, []
    facts = {
        code: _safe(kept, announced.template, code, known)
        for code, known in announced.facts.items()
    }
    instead = [_shipped(one) if _is_unsayable(kept, one, facts) else one for one in variants]
    return replace(announced, facts=facts, instead=instead), list(dict.fromkeys(quotes))


def held_of(update: Update) -> list[str]:
    """What was left out of the statement that it says."""
    held: list[str] = update.proposal.get("held", [])
    return held


def tell(*, entry: TimelineEntry, held: Iterable[str], roster: Roster, now: datetime) -> None:
    """Write to the lead and to the plan's owner what customers did not read, and why."""
    incident = entry.incident
    assert incident.plan, "an entry comes from a plan"

    def known(_responder: Responder) -> Mapping[str, str]:
        return {"what": entry.step.name, "why": because(held)}

    people = filter(None, (incident.lead, incident.plan.owner))
    for user in dict.fromkeys(people):
        duty_letters.tell(
            user=user,
            stage=Template.Stage.DUTY_HOLDING,
            incident=incident,
            known=known,
            roster=roster,
            now=now,
        )


def because(held: Iterable[str]) -> str:
    words = _(
        "“%(quotes)s” is a technical fact, so the plan’s own words did not go out: customers got"
        " those that come with the product. Mend the statement and the template of this step."
    )
    return words % {"quotes": ", ".join(held)}


def _leaked(kept: Kept, variant: TemplateVariant, facts: Facts) -> list[str]:
    if variant.detail != Detail.PUBLIC:
        return []
    try:
        said = rendering.filled(variant, facts[variant.language])
    except CannotSay:
        return []  # whoever starts it is told
    return [quote for text in said for quote in kept.quoted(text)]


def _is_unsayable(kept: Kept, variant: TemplateVariant, facts: Facts) -> bool:
    """Whether it says a technical fact by itself, or cannot do without one that it is not given."""
    if variant.detail != Detail.PUBLIC:
        return False
    try:
        rendering.filled(variant, facts[variant.language])
    except CannotSay:
        return True
    return bool(_leaked(kept, variant, facts))


def _safe(kept: Kept, template: Template, code: str, facts: Mapping[str, str]) -> dict[str, str]:
    """The facts without those that say what is kept."""
    safe = {
        name: "" if name not in _NOT_SAID and kept.quoted(text) else text
        for name, text in facts.items()
    }
    safe["title"] = safe["title"] or safe["components"] or safe["organisation"]
    # What a message of its stage always has, it cannot be made without.
    for name in placeholders.known_at(template.stage) & {*safe} - {"update"}:
        safe[name] = safe[name] or safe["title"]
    if facts["update"] and not safe["update"]:
        safe["update"] = _statement(template, code, safe)
    return safe


def _statement(template: Template, code: str, known: Mapping[str, str]) -> str:
    source = library.statement(stage=template.stage, language=code)
    return rendering.fill_statement(source, {**known, "update": ""}).strip()


def _shipped(variant: TemplateVariant) -> TemplateVariant:
    sheet = library.sheet(stage=variant.template.stage, language=variant.language)
    words = {name: getattr(sheet, name) for name in WORDS}
    return TemplateVariant(
        template=variant.template, language=variant.language, detail=variant.detail, **words
    )
