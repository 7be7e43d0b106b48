"""Whether everybody a plan speaks to hears of it in time, and hears again when it says so."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.utils.translation import gettext as _

from audiences.models import AudienceKind
from incidents import durations
from incidents.models import Impact, Plan, PlanStep, Status
from incidents.models.plans import Kind
from incidents.models.status import OF_INCIDENT, OF_MAINTENANCE
from incidents.services import plan_step_checks, promises
from incidents.services.plan_findings import Finding, error, warning
from incidents.services.promises import needs_promise
from incidents.services.timeline import kinds_of

Trigger, Who = PlanStep.Trigger, PlanStep.Who
_CUSTOMER = AudienceKind.CUSTOMER
_OF_ALL = {*Status.values} - {Status.POSTMORTEM}


def check(plan: Plan, steps: Sequence[PlanStep]) -> Iterator[Finding]:
    speaking = [step for step in steps if step.who != Who.TASK and not step.asks]
    yield from _opening(plan, speaking)
    yield from _promised(plan, speaking)
    yield from _statuses(speaking)


def _opening(plan: Plan, speaking: Sequence[PlanStep]) -> Iterator[Finding]:
    first = [step for step in speaking if step.trigger == Trigger.OPENED]
    if not first:
        yield error(_("Nothing is said when an incident opens: add a first notice."), field="steps")
        return
    if _CUSTOMER in _heard_by(speaking):
        first = [step for step in first if _CUSTOMER in _heard_by([step])]
    if not first:
        yield error(_("No first notice tells customers: add one."), field="steps")
        return
    told_after, earliest = min(((_told_after(plan, step), step) for step in first), key=_by_time)
    if told_after > plan.first_notice_within:
        rhythms = promises.rhythms(plan)
        rhythm = min(rhythms.of(impact=impact, audience=_CUSTOMER) for impact in Impact.values)
        is_silence = plan.kind == Kind.INCIDENT and told_after > rhythm
        yield (error if is_silence else warning)(
            _("The first notice may take %(time)s; the plan's own target is %(target)s.")
            % {
                "time": durations.spoken(told_after),
                "target": durations.spoken(plan.first_notice_within),
            },
            "offset",
            earliest,
        )


def _told_after(plan: Plan, step: PlanStep) -> timedelta:
    return step.offset + (plan.approval_within if step.who == Who.APPROVAL else timedelta(0))


def _by_time(told: tuple[timedelta, PlanStep]) -> timedelta:
    return told[0]


def _promised(plan: Plan, speaking: Sequence[PlanStep]) -> Iterator[Finding]:
    """Whoever is promised a next word gets one, even when nobody writes."""
    holding = [step for step in speaking if step.trigger == Trigger.PROMISE_DUE]
    promising = _promising(plan, speaking)
    if promising and not holding:
        words = _(
            "Updates promise the next one, but no step speaks when nobody writes: add one for"
            " “promised update due”."
        )
        yield error(words, field="steps")
        return
    own = plan_step_checks.own_rhythms(plan)
    for kind in sorted(own):
        if not any(kinds_of(step) == {kind} for step in holding):
            words = _(
                "%(audience)s has a rhythm of its own, but no step for “promised update due” tells"
                " this audience alone."
            )
            yield error(words % {"audience": _named(kind)}, field="rhythms")
    for kind in sorted(_heard_by(promising) - _heard_by(holding) - own):
        words = _(
            "%(audience)s: they are promised the next update, but no step for “promised update"
            " due” tells them."
        )
        yield error(words % {"audience": _named(kind)}, field="steps")


def _promising(plan: Plan, speaking: Sequence[PlanStep]) -> list[PlanStep]:
    """The steps whose words say when the next ones come."""
    statuses = OF_INCIDENT if plan.kind == Kind.INCIDENT else OF_MAINTENANCE
    promising = {status for status in statuses if needs_promise(kind=plan.kind, status=status)}
    opens = {Trigger.OPENED} if plan.kind == Kind.INCIDENT else set()
    at_any = opens | {Trigger.UPDATE_PUBLISHED}
    return [
        step
        for step in speaking
        if step.trigger in at_any
        or (step.trigger == Trigger.STATUS_REACHED and step.status in promising)
    ]


def _statuses(speaking: Sequence[PlanStep]) -> Iterator[Finding]:
    """A status that has steps of its own is told by them alone: none of its readers is left out."""
    told = _heard_by([step for step in speaking if step.trigger == Trigger.UPDATE_PUBLISHED])
    reached = [step for step in speaking if step.trigger == Trigger.STATUS_REACHED]
    # A post-mortem is for whom it was written.
    for status in sorted({step.status for step in reached} & _OF_ALL):
        own = [step for step in reached if step.status == status]
        for kind in sorted(told - _heard_by(own)):
            words = _(
                "%(audience)s: they hear of updates, but not of “%(status)s”: a status with steps"
                " of its own is told by them alone."
            )
            names = {"audience": _named(kind), "status": Status(status).label}
            yield error(words % names, "segments", own[0])


def _heard_by(steps: Sequence[PlanStep]) -> set[str]:
    """The kinds of audience that hear one of these steps; whoever follows may be anybody."""
    return {kind for step in steps for kind in kinds_of(step) or AudienceKind.values}


def _named(kind: str) -> str:
    return str(AudienceKind(kind).label).capitalize()
