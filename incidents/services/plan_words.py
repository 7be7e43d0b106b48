"""A plan's steps in words: when each comes, what it does, for whom."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audiences.colleagues import called
from audiences.models import Channel
from incidents import durations
from incidents.models import Impact, Plan, PlanStep, Status

Trigger, Who, Role = PlanStep.Trigger, PlanStep.Who, PlanStep.Role
# Completes "15 minutes after …", "2 hours before …".
_EVENTS = {
    Trigger.OPENED: gettext_lazy("the opening"),
    Trigger.UPDATE_PUBLISHED: gettext_lazy("an update"),
    Trigger.PROMISE_DUE: gettext_lazy("the promised time"),
    Trigger.STARTS: gettext_lazy("the planned start"),
    Trigger.NOT_BEGUN: gettext_lazy("the planned start, if work has not begun"),
    Trigger.ENDS: gettext_lazy("the planned end"),
    Trigger.MOVED: gettext_lazy("a move to other times"),
    Trigger.EXTENDED: gettext_lazy("an extension"),
    Trigger.ROLLED_BACK: gettext_lazy("the rollback"),
    Trigger.RESOLVED: gettext_lazy("the end"),
    Trigger.DELIVERED: gettext_lazy("a delivered commitment"),
}
_AT_ONCE = {
    Trigger.OPENED: gettext_lazy("at once on opening"),
    Trigger.UPDATE_PUBLISHED: gettext_lazy("with every update"),
    Trigger.PROMISE_DUE: gettext_lazy("when a promised update is due and nobody has written"),
    Trigger.STARTS: gettext_lazy("at the planned start"),
    Trigger.NOT_BEGUN: gettext_lazy("at the planned start, if work has not begun"),
    Trigger.ENDS: gettext_lazy("at the planned end, if work goes on"),
    Trigger.MOVED: gettext_lazy("when it is moved to other times"),
    Trigger.EXTENDED: gettext_lazy("when it is extended"),
    Trigger.ROLLED_BACK: gettext_lazy("when it is rolled back"),
    Trigger.RESOLVED: gettext_lazy("at the end"),
    Trigger.DELIVERED: gettext_lazy("when a commitment was delivered"),
}
_ROLES = {
    Role.LEAD: gettext_lazy("task for the lead"),
    Role.DEPUTY: gettext_lazy("task for the first deputy"),
    Role.OWNER: gettext_lazy("task for the plan's owner"),
}
# The order in which a reader expects them.
_CHAPTERS = list(_EVENTS)
_CHAPTERS.insert(1, Trigger.STATUS_REACHED)
_STATUSES = list(Status)


def order(step: PlanStep) -> tuple[int, int, timedelta, int]:
    """For sorting steps as they are lived through."""
    status = _STATUSES.index(Status(step.status)) if step.status in Status.values else 0
    return _CHAPTERS.index(Trigger(step.trigger)), status, step.offset, step.position


def moment(step: PlanStep) -> str:
    """“15 minutes after the opening”."""
    if step.trigger == Trigger.STATUS_REACHED:
        status = Status(step.status).label if step.status in Status.values else step.status
        event = _("“%(status)s”") % {"status": status}
        at_once = _("with the update to %(event)s") % {"event": event}
    else:
        trigger = Trigger(step.trigger)
        event, at_once = str(_EVENTS[trigger]), str(_AT_ONCE[trigger])
    if not step.offset:
        return at_once
    is_before = step.offset < timedelta(0)
    words = _("%(time)s before %(event)s") if is_before else _("%(time)s after %(event)s")
    return words % {"time": durations.spoken(step.offset), "event": event}


def repetition(step: PlanStep) -> str:
    """“every 2 hours, 3 times in all”; empty for what comes once."""
    limit = step.repeat_limit
    if step.repeat_every:
        words = ngettext(
            "every %(time)s, %(number)d time in all",
            "every %(time)s, %(number)d times in all",
            limit,
        )
        return words % {"time": durations.spoken(step.repeat_every), "number": limit}
    if step.trigger == Trigger.PROMISE_DUE:
        words = ngettext("at most %(number)d in a row", "at most %(number)d in a row", limit)
        return words % {"number": limit}
    return ""


def doing(step: PlanStep) -> str:
    """Who does it: “task for the lead, until 30 minutes after the opening”."""
    if step.who != Who.TASK:
        return _("needs approval") if step.who == Who.APPROVAL else _("goes out by itself")
    if step.assignee:
        words = _("task for %(name)s") % {"name": called(step.assignee)}
    else:
        words = str(_ROLES[Role(step.role)]) if step.role else _("task for nobody yet")
    if step.deadline:
        words += ", " + _until(step)
    if step.done_when:
        published = {"what": step.get_done_when_display()}
        words += ", " + _("done when %(what)s") % published
    return words


def _until(step: PlanStep) -> str:
    assert step.deadline
    until = step.offset + step.deadline
    if step.trigger not in _EVENTS or until <= timedelta(0):
        return _("within %(time)s") % {"time": durations.spoken(step.deadline)}
    return _("until %(time)s after %(event)s") % {
        "time": durations.spoken(until),
        "event": _EVENTS[Trigger(step.trigger)],
    }


def audience(step: PlanStep) -> str:
    """Whom it tells; its segments should be prefetched."""
    names = [segment.name for segment in step.segments.all()]
    if step.tells_affected:
        names.insert(0, _("everyone affected"))
    if step.asks:
        names = [asked(step)]
    return ", ".join(names)


def asked(step: PlanStep) -> str:
    """Whom a step asks for feedback."""
    if step.reminds:
        return _("who was asked and has not answered")
    return _("who heard it and agreed to be asked")


def channels(step: PlanStep) -> str:
    return ", ".join(str(Channel(name).label) for name in step.channels if name in Channel.values)


def promises(plan: Plan) -> list[str]:
    """What a plan promises, a sentence each."""
    said = [
        _("first notice within %(time)s") % {"time": durations.spoken(plan.first_notice_within)},
        _("an update every %(time)s") % {"time": durations.spoken(plan.update_interval)},
    ]
    for rhythm in plan.rhythms.order_by("audience", "impact"):
        parts = (rhythm.get_audience_display(), rhythm.get_impact_display())
        whom = ", ".join(str(part) for part in parts if part)
        words = _("%(whom)s: every %(time)s")
        said.append(words % {"whom": whom, "time": durations.spoken(rhythm.interval)})
    if plan.slower_after and plan.slower_interval:
        words = _("after %(start)s every %(time)s")
        start, every = map(durations.spoken, (plan.slower_after, plan.slower_interval))
        said.append(words % {"start": start, "time": every})
    for lead_time in plan.lead_times.order_by("tier"):
        words = _("%(whom)s: announced %(time)s before")
        spoken = durations.spoken(lead_time.notice)
        said.append(words % {"whom": lead_time.get_tier_display(), "time": spoken})
    if plan.steps.filter(who=Who.APPROVAL).exists():
        said.append(_unapproved(plan))
    if plan.postmortem_within:
        words = _("post-mortem within %(time)s")
        said.append(words % {"time": durations.spoken(plan.postmortem_within)})
    return said


def _unapproved(plan: Plan) -> str:
    """What becomes of words that nobody has approved in time."""
    names = [str(impact.label) for impact in Impact if impact in plan.publishes_unapproved]
    words = _("held back if nobody approves it within %(time)s")
    if names:
        words = _("if nobody approves it within %(time)s, published at %(impacts)s, else held back")
    return words % {"time": durations.spoken(plan.approval_within), "impacts": ", ".join(names)}
