"""What is wrong with a version of a plan, or questionable, before it is needed."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from audiences.colleagues import called
from audiences.models import Detail
from incidents import durations
from incidents.models import Impact, Plan, PlanStep, Status
from incidents.models.plans import Kind
from incidents.services import (
    plan_reader_checks,
    plan_step_checks,
    plan_survey_checks,
    promises,
)
from incidents.services.plan_findings import Finding, error, warning
from incidents.services.responders import Roster, explained, unreachable
from messaging.models import Template

__all__ = ["Finding", "check"]

Trigger, Who = PlanStep.Trigger, PlanStep.Who


def check(*, plan: Plan, now: datetime) -> list[Finding]:
    """Errors first: with one of them a draft cannot be activated."""
    steps = list(
        plan.steps.order_by("position", "pk")
        .select_related("plan", "template", "survey", "assignee")
        .prefetch_related("segments", "template__variants")
    )
    found = [
        *_people(plan),
        *plan_reader_checks.check(plan, steps),
        *_clocks(plan, now),
        *_readers(steps),
        *plan_survey_checks.check(steps),
    ]
    for step in steps:
        found += plan_step_checks.check(plan=plan, step=step)
    return sorted(found, key=lambda finding: not finding.is_error)


def _people(plan: Plan) -> Iterator[Finding]:
    duties = list(plan.duties.order_by("position").select_related("user"))
    if not duties:
        yield error(_("Nobody leads: name who is on duty, the lead first."), field="duties")
        return
    if len(duties) == 1:
        yield warning(_("There is no deputy: nobody takes over when the lead is silent."), "duties")
    roster = Roster.read()
    missing = [
        f"{called(duty.user)} ({explained(problem)})"
        for duty in duties
        if (
            problem := unreachable(
                duty.user, roster=roster, incident=None, is_urgent=True, publishes=True
            )
        )
    ]
    if missing and len(missing) < len(duties):
        words = _("These people on duty cannot be called: %(people)s. Others are called instead.")
        yield warning(words % {"people": ", ".join(missing)}, "duties")
    if len(missing) == len(duties):
        yield warning(
            _("None of the people on duty can be called: add them as responders, with an address."),
            "duties",
        )


def _clocks(plan: Plan, now: datetime) -> Iterator[Finding]:
    if plan.review_on < timezone.localdate(now):
        yield warning(_("The review date is past: set the next one."), "review_on")
    rhythms = promises.rhythms(plan)
    shortest = min(rhythms.of(impact=impact) for impact in Impact.values)
    if plan.remind_before >= shortest:
        words = _(
            "The lead is reminded %(time)s before a promise breaks, but updates are promised every"
            " %(rhythm)s."
        )
        spoken = {
            "time": durations.spoken(plan.remind_before),
            "rhythm": durations.spoken(shortest),
        }
        yield warning(words % spoken, "remind_before")
    yield from _patience(plan, shortest)
    if plan.postmortem_within is not None and plan.postmortem_within <= timedelta(0):
        yield error(_("It must be longer than zero."), "postmortem_within")
    if any(each.notice < timedelta(0) for each in plan.lead_times.all()):
        yield error(_("A lead time must not be negative."), "lead_times")
    hour = timedelta(hours=1)
    if plan.kind == Kind.INCIDENT and plan.update_interval > hour:
        yield warning(_("More than an hour of silence is too long for customers."), "update_every")


def _patience(plan: Plan, shortest: timedelta) -> Iterator[Finding]:
    """Silence of our own is not to last longer than what customers are promised."""
    if plan.kind != Kind.INCIDENT:
        return
    farthest = promises.farthest(kind=plan.kind)
    intervals = (plan.update_interval, plan.slower_interval or farthest)
    if max(*intervals, *(rule.interval for rule in plan.rhythms.all())) > farthest:
        words = _("The next update must come within %(days)d days: promise an earlier one.")
        yield error(words % {"days": farthest.days}, "update_every")
    for key in ("approval_within", "next_person_after"):
        patience = getattr(plan, key)
        if patience > shortest:
            words = _("It may take %(time)s, but updates are promised every %(rhythm)s.")
            spoken = {"time": durations.spoken(patience), "rhythm": durations.spoken(shortest)}
            yield warning(words % spoken, key)


def _readers(steps: Sequence[PlanStep]) -> Iterator[Finding]:
    """Technical words are written for somebody."""
    telling = [step for step in steps if step.template and step.who != Who.TASK]
    soon = [step for step in telling if step.offset <= plan_step_checks.LATEST]
    details = {one.detail for step in telling for one in step.template.variants.all()}  # type: ignore[union-attr]
    readers = {segment.detail for step in telling for segment in step.segments.all()}
    if Detail.TECHNICAL in details and Detail.TECHNICAL not in readers:
        words = _("The templates have technical texts, but no segment of this plan reads them.")
        yield warning(words, "segments")
    stages = {step.template.stage for step in soon if step.template}
    closing = {Template.Stage.RESOLVED, Template.Stage.COMPLETED}
    ended = {step.trigger for step in soon if not step.asks} & {Trigger.RESOLVED}
    final = {step.status for step in soon} & {Status.RESOLVED, Status.COMPLETED}
    if not (stages & closing or ended or final):
        yield warning(_("No step says that it is over: add an all-clear."), "steps")
