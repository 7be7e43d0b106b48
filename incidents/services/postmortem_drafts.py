"""The draft of a post-mortem: made when one is promised, with a skeleton that asks what to say."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences import languages, zones
from incidents.models import Incident, Plan, Postmortem, Update
from incidents.models.plans import Kind
from incidents.services import severity

# What begins so is a question to the author, not yet an answer.
PROMPT = "[…"
_LINE_LENGTH = 200


def follow(*, update: Update) -> None:
    """What an update that was said brings with it: the draft that is owed once it is over, and
    the post-mortem it tells of is published with it. The caller holds the incident's row."""
    told = Postmortem.objects.filter(notice=update).exclude(state=Postmortem.State.PUBLISHED)
    told.update(
        state=Postmortem.State.PUBLISHED,
        published_at=update.published_at,
        published_by=update.published_by,
    )
    promise(incident=update.incident)


def promise(*, incident: Incident) -> None:
    """Make the draft that the plan promises for an incident that is over.

    What exists keeps its words. Until it is published, its time counts from the latest end. The
    caller holds the incident's row.
    """
    within = promised_within(incident=incident)
    if incident.resolved_at is None or within is None:
        return
    due_at = incident.resolved_at + within
    draft = make(incident=incident, due_at=due_at)
    if draft.due_at != due_at and draft.state != Postmortem.State.PUBLISHED:
        draft.due_at = due_at
        draft.save(update_fields=["due_at"])


def promised_within(*, incident: Incident) -> timedelta | None:
    """How long after its end one is promised, by its plan or by that of what is told within it;
    None where none is.

    What counts is the worst it was, not how little was left at the end. A replay owes nothing.
    """
    if incident.kind != Kind.INCIDENT or incident.mode == Incident.Mode.REPLAY:
        return None
    worst = severity.of(incident=incident)
    plans = Plan.objects.filter(pk__in=incident.storm.values("plan"))
    promised = [
        plan.postmortem_within
        for plan in plans.exclude(postmortem_within=None)
        if worst >= severity.of_impact(plan.postmortem_impact)
    ]
    return min((within for within in promised if within), default=None)


def make(*, incident: Incident, due_at: datetime) -> Postmortem:
    """The incident's post-mortem, or a new draft of it."""
    found = Postmortem.objects.filter(incident=incident).first()
    return found or Postmortem.objects.create(
        incident=incident,
        due_at=due_at,
        author=incident.lead,
        summary=_in_all_languages(incident, _summary),
        body=_in_all_languages(incident, _body),
    )


def unanswered(texts: Mapping[str, str]) -> list[str]:
    """The languages in which questions of the skeleton still stand."""
    return [code for code in languages.codes() if PROMPT in texts.get(code, "")]


def _in_all_languages(incident: Incident, write: Callable[[Incident, str], str]) -> dict[str, str]:
    texts = {}
    for code in languages.codes():
        with override(code):
            texts[code] = write(incident, code)
    return texts


def _summary(_incident: Incident, _code: str) -> str:
    return _(
        "We have looked into what happened. On the incident page you can read why it happened, and"
        " what we do so that it does not happen again."
    )


def _body(incident: Incident, code: str) -> str:
    why = _ask(_("Why did it happen, and why did it take so long? Name no person and blame nobody"))
    sections = {
        _("What happened"): _ask(_("In two or three sentences, as you would tell a customer")),
        _("What you noticed"): _noticed(incident, code)
        or _ask(_("Who was affected, how, and from when to when?")),
        _("The course of events"): _course(incident, code),
        _("The cause"): "\n\n".join(filter(None, (languages.pick(incident.cause, code), why))),
        _("What we do so that it does not happen again"): "- "
        + _ask(_("What is done already, what follows, and by when?")),
    }
    return "\n\n".join(f"## {heading}\n\n{text}" for heading, text in sections.items())


def _noticed(incident: Incident, code: str) -> str:
    known = (languages.pick(texts, code) for texts in (incident.effect, incident.scope))
    return "\n\n".join(filter(None, known))


def _course(incident: Incident, code: str) -> str:
    seen_at = incident.started_at
    lines = [(incident.started_at, _("It began."))]
    told = Update.objects.public().filter(incident__in=incident.storm)
    said = told.exclude(origin=Update.Origin.PLAN)
    lines += [
        (update.published_at, _first_words(update.as_corrected, code))
        for update in said
        if not update.as_corrected.withdraws
    ]
    return "\n".join(f"- **{zones.moment(at, seen_at)}**: {words}" for at, words in lines)


def _first_words(update: Update, code: str) -> str:
    first = languages.pick(update.public_text, code).strip().partition("\n\n")[0]
    return Truncator(" ".join(first.split())).chars(_LINE_LENGTH)


def _ask(question: str) -> str:
    return f"{PROMPT} {question}]"
