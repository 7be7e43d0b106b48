"""What is wrong with one step of a plan, or questionable."""

from collections.abc import Iterator
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from audiences import languages
from audiences.models import AudienceKind, Channel, Detail
from feedback.services import surveys
from incidents import durations
from incidents.models import Impact, Plan, PlanStep
from incidents.models.plans import Kind
from incidents.models.status import OF_INCIDENT, OF_MAINTENANCE
from incidents.services import promises, statements
from incidents.services.plan_findings import Finding, error, warning
from incidents.services.promises import needs_promise
from incidents.services.timeline import kinds_of
from messaging.models import Template
from messaging.services import templates
from messaging.services.placeholders import BadTemplate

Trigger, Who = PlanStep.Trigger, PlanStep.Who
# What is said later than this is no news any more.
LATEST = timedelta(days=1)
_NEWS = {
    *(Trigger.UPDATE_PUBLISHED, Trigger.STATUS_REACHED),
    *(Trigger.MOVED, Trigger.EXTENDED, Trigger.ROLLED_BACK, Trigger.NOT_BEGUN),
}
# Faster, or oftener, nobody can read it, or do it.
_FASTEST, _OFTENEST = timedelta(minutes=5), 100
# While it goes on, each of these comes with the time of the next word.
_GOES_ON = {
    *(Trigger.UPDATE_PUBLISHED, Trigger.PROMISE_DUE),
    *(Trigger.ENDS, Trigger.EXTENDED, Trigger.ROLLED_BACK),
}
_OF_MAINTENANCE_ONLY = {
    *(Trigger.STARTS, Trigger.NOT_BEGUN, Trigger.ENDS),
    *(Trigger.MOVED, Trigger.EXTENDED, Trigger.ROLLED_BACK),
}


def check(*, plan: Plan, step: PlanStep) -> Iterator[Finding]:
    yield from _timing(plan, step)
    if step.who == Who.TASK:
        yield from _task(step)
        return
    yield from _gaps(step)
    yield from _audience(plan, step)
    yield from _words(step)


def own_rhythms(plan: Plan) -> set[str]:
    """The audiences that hear in a rhythm of their own, at whatever impact this plan is for."""
    rhythms = promises.rhythms(plan)
    return {kind for impact in Impact.values for kind in rhythms.audiences(impact=impact)}


def _timing(plan: Plan, step: PlanStep) -> Iterator[Finding]:
    is_incident = plan.kind == Kind.INCIDENT
    statuses = OF_INCIDENT if is_incident else OF_MAINTENANCE
    if step.trigger == Trigger.STATUS_REACHED and step.status not in statuses:
        yield error(_("No such status is ever reached under this kind of plan."), "status", step)
    if is_incident and step.trigger in _OF_MAINTENANCE_ONLY:
        yield error(_("This only happens in a maintenance."), "when", step)
    if step.trigger == Trigger.PROMISE_DUE and step.offset >= plan.update_interval:
        words = _("By then the promise is broken: let it come sooner.")
        yield error(words, "offset", step)
    if step.trigger in _NEWS and step.offset > LATEST and not step.asks:
        yield error(_("What is new is told within a day: let it come sooner."), "offset", step)
    if step.deadline is not None and step.deadline <= timedelta(0):
        yield error(_("It must be longer than zero."), "deadline", step)
    yield from _repetition(step)


def _repetition(step: PlanStep) -> Iterator[Finding]:
    if step.repeat_every and step.repeat_every < _FASTEST:
        words = _("Repeat it every 5 minutes at most: nobody can follow it faster.")
        yield error(words, "repeat_every", step)
    is_repeated = step.repeat_every or step.trigger == Trigger.PROMISE_DUE
    if is_repeated and step.repeat_limit > _OFTENEST:
        words = _("Repeat it %(number)d times at most.")
        yield error(words % {"number": _OFTENEST}, "repeat_limit", step)
    if step.repeat_limit > 1 and not is_repeated:
        words = _("It is to be repeated, but nothing says after how long: it comes once.")
        yield warning(words, "repeat_every", step)


def _task(step: PlanStep) -> Iterator[Finding]:
    if not (step.role or step.assignee_id):
        yield error(_("Nobody is asked to do it: name a role or a person."), "role", step)
    if not step.deadline:
        yield warning(_("Nothing says by when it is to be done."), "deadline", step)
    if not step.instructions:
        words = _("Nothing says what is to be done: whom to phone, what to say.")
        yield warning(words, "instructions", step)
    if step.template and (lacking := _without_post(step.template)):
        words = _("The template has no short text to be posted in: %(codes)s.")
        yield warning(words % {"codes": ", ".join(lacking)}, "template", step)


def _without_post(template: Template) -> list[str]:
    public = [one for one in template.variants.all() if one.detail == Detail.PUBLIC]
    there = {one.language for one in public if one.short_text}
    return [code for code in languages.codes() if code not in there]


def _gaps(step: PlanStep) -> Iterator[Finding]:
    try:
        step.clean()
    except ValidationError as gaps:
        for field, messages in gaps.message_dict.items():
            yield from (error(words, field, step) for words in messages)
    if step.template is None:
        yield error(_("A step that sends something needs a template."), "template", step)
    if step.survey and surveys.in_force(survey=step.survey) is None:
        words = _("Its survey has no active version: open the survey and activate its draft.")
        yield error(words, "survey", step)


def _audience(plan: Plan, step: PlanStep) -> Iterator[Finding]:
    if step.asks:
        return
    if not (step.segments.all() or step.tells_affected):
        words = _("It tells nobody: choose segments, or let it tell the affected.")
        yield error(words, "segments", step)
        return
    for segment in step.segments.all():
        if segment.is_archived:
            words = _("“%(name)s” is archived and reaches nobody: choose another segment.")
            yield error(words % {"name": segment.name}, "segments", step)
    if promised := _apart(plan, step):
        is_fatal = step.trigger in (Trigger.PROMISE_DUE, Trigger.UPDATE_PUBLISHED)
        words = _rhythm_of_all(step) % {"rhythms": promised}
        yield (error if is_fatal else warning)(words, "segments", step)


def _rhythm_of_all(step: PlanStep) -> str:
    """What becomes of those who are promised another one; see planning.timeline."""
    if step.trigger != Trigger.PROMISE_DUE:
        return _(
            "Its readers are promised different rhythms (%(rhythms)s): make a step for each, with"
            " segments of one kind."
        )
    if kinds_of(step):
        return _(
            "Its readers are promised different rhythms (%(rhythms)s), and when nobody writes all"
            " of them hear in the fastest one: make a step for each, with segments of one kind."
        )
    return _(
        "Its readers are promised different rhythms (%(rhythms)s), and when nobody writes all of"
        " them hear in the one for everybody: make a step for each, with segments of one kind."
    )


def _apart(plan: Plan, step: PlanStep) -> str:
    """The different rhythms of those who hear this step together; empty if there is but one."""
    speaks_on = step.trigger in (Trigger.OPENED, Trigger.PROMISE_DUE, Trigger.UPDATE_PUBLISHED)
    reaches = step.trigger == Trigger.STATUS_REACHED
    if not speaks_on and not (reaches and needs_promise(kind=plan.kind, status=step.status)):
        return ""
    rhythms = promises.rhythms(plan)
    # Whoever follows what is affected may be anybody.
    kinds = sorted(kinds_of(step) or AudienceKind.values)
    for impact in Impact.values:
        heard = {kind: rhythms.of(impact=impact, audience=kind) for kind in kinds}
        if len(set(heard.values())) > 1:
            return ", ".join(
                f"{AudienceKind(kind).label} {durations.spoken(interval)}"
                for kind, interval in heard.items()
            )
    return ""


def _words(step: PlanStep) -> Iterator[Finding]:
    if step.template:
        yield from _variants(step, step.template)
    for code, text in (step.statement or {}).items():
        try:
            statements.check(text, trigger=step.trigger, kind=step.plan.kind)
        except BadTemplate as bad:
            yield error(f"{code}: {bad}", "statement", step)
    lacking = [code for code in languages.codes() if not step.statement.get(code)]
    if step.statement and lacking:
        words = _("The statement is missing in: %(codes)s. Another language is used there.")
        yield warning(words % {"codes": ", ".join(lacking)}, "statement", step)


def _variants(step: PlanStep, template: Template) -> Iterator[Finding]:
    public = [one for one in template.variants.all() if one.detail == Detail.PUBLIC]
    if not public:
        yield error(_("The template has no public text yet."), "template", step)
        return
    try:
        statements.check_template(template, trigger=step.trigger, kind=step.plan.kind)
    except BadTemplate as bad:
        yield error(str(bad), "template", step)
    if _promises(step) and (silent := _without_next_word(step)):
        words = _(
            "Its readers are promised the next word, but the template does not say when it comes:"
            " put {{ next_update }} into the text (%(codes)s)."
        )
        yield warning(words % {"codes": ", ".join(silent)}, "template", step)
    there = {one.language for one in public}
    if lacking := [code for code in languages.codes() if code not in there]:
        words = _("The template has no text in: %(codes)s. Another language is used there.")
        yield warning(words % {"codes": ", ".join(lacking)}, "template", step)
    if older := templates.stale(template):
        words = _("The template was edited after its translations: %(codes)s. Check them.")
        yield warning(words % {"codes": templates.spoken_codes(older)}, "template", step)
    if Channel.SMS in step.channels and not all(one.sms_text for one in public):
        words = _("The template has no SMS text in every language: some hear nothing by SMS.")
        yield warning(words, "template", step)


def _promises(step: PlanStep) -> bool:
    kind, trigger = step.plan.kind, step.trigger
    if trigger == Trigger.STATUS_REACHED:
        return needs_promise(kind=kind, status=step.status)
    return trigger in _GOES_ON or (trigger == Trigger.OPENED and kind == Kind.INCIDENT)


def _without_next_word(step: PlanStep) -> list[str]:
    """The languages with a text that leaves its readers waiting for they do not know how long."""
    assert step.template, "a step that tells has a template (constraint step_has_words)"
    return sorted(
        {
            variant.language
            for variant in step.template.variants.all()
            for channel, text in ((Channel.EMAIL, variant.body), (Channel.SMS, variant.sms_text))
            if channel in step.channels and text and "next_update" not in text
        }
    )
