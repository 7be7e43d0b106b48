"""The ledger of what we promised: made with each update, settled by the next or by the end."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Count, Q

from audiences import bounds
from incidents.models import Incident, Plan, Promise, Status, Update
from incidents.models.plans import Kind
from incidents.models.status import FINAL
from incidents.planning import RhythmRule, Rhythms

Outcome = Promise.Outcome
UNDER_WAY = frozenset({Status.IN_PROGRESS, Status.VERIFYING})
# Where no plan says anything: an hour of silence is too long.
_WITHOUT_PLAN = Rhythms(timedelta(minutes=30))
# Whoever promises a word for later has slipped; a maintenance is announced long before.
_FARTHEST = {Kind.INCIDENT: timedelta(days=30), Kind.MAINTENANCE: bounds.LONGEST}


def rhythms(plan: Plan | None) -> Rhythms:
    if plan is None:
        return _WITHOUT_PLAN
    return Rhythms(
        interval=plan.update_interval,
        rules=[
            RhythmRule(interval=rule.interval, impact=rule.impact, audience=rule.audience)
            for rule in plan.rhythms.all()
        ],
        slower_after=plan.slower_after,
        slower_interval=plan.slower_interval,
    )


def interval(*, incident: Incident, at: datetime, audience: str = "") -> timedelta:
    """How long the plan lets an audience wait for the next word, at this moment of the story."""
    lasted = at - (incident.opened_at or at)
    return rhythms(incident.plan).of(impact=incident.impact, audience=audience, lasted=lasted)


def proposed(*, incident: Incident, at: datetime, audience: str = "") -> dict[str, datetime]:
    """When each audience is to hear again, by the plan: "" is everybody who has no other rhythm."""
    named = (
        [audience] if audience else ["", *rhythms(incident.plan).audiences(impact=incident.impact)]
    )
    return {kind: at + interval(incident=incident, at=at, audience=kind) for kind in named}


def to(*, update: Update, kinds: frozenset[str]) -> datetime | None:
    """When readers of these kinds hear again after an update, stored or not."""
    own = update.promised_apart
    times = {own.get(kind, update.next_update_due_at) for kind in kinds or [""]}
    return min((at for at in times if at), default=None)


def slowed(*, update: Update, kinds: frozenset[str], due_at: datetime | None) -> timedelta | None:
    """The slower rhythm of the plan, if it is promised to these kinds here for the first time.

    Readers who are told less often than before are told so.
    """
    incident, at = update.incident, update.published_at
    if due_at is None or incident.plan is None or incident.plan.slower_after is None:
        return None
    named = sorted(kinds) or [update.audience]
    rhythm = min(interval(incident=incident, at=at, audience=kind) for kind in named)
    usual = rhythms(incident.plan)
    was = min(usual.of(impact=incident.impact, audience=kind) for kind in named)
    before = incident.promises.filter(made_at__lt=at, audience__in=["", *kinds])
    last = before.order_by("made_at", "pk").last()
    has_grown = last is None or last.due_at - last.made_at < rhythm
    return rhythm if was < rhythm <= due_at - at and has_grown else None


def needs_promise(*, kind: str, status: str) -> bool:
    """Every update states when the next one comes, unless it is the last one.

    Of a maintenance that has not begun, the next word comes with its reminders and its start.
    """
    if kind == Kind.MAINTENANCE:
        return status in UNDER_WAY
    return status not in FINAL


def made_by(*, update: Update) -> dict[str, datetime]:
    """What an update promises: to whom it is for, and apart to those with another rhythm."""
    due_at = update.next_update_due_at
    return {update.audience: due_at, **update.promised_apart} if due_at else {}


def farthest(*, kind: str) -> timedelta:
    """How far ahead the next word can be promised."""
    return _FARTHEST[Kind(kind)]


def record(*, update: Update, promised: Mapping[str, datetime]) -> list[Promise]:
    """Settle what this update answers, and write down what it promises; returns what it answered.

    An update for one kind of audience answers what that kind was promised by itself; what was
    promised to everybody is still owed to the others. The end answers everything.
    """
    incident, at = update.incident, update.published_at
    is_end = update.status in FINAL
    owed = incident.promises.filter(settled_at=None).order_by("pk")
    if update.audience and not is_end:
        owed = owed.filter(audience=update.audience)
    answered = list(owed)
    for promise in answered:
        _settle(promise, update, at)
    Promise.objects.bulk_create(
        Promise(incident=incident, update=update, audience=kind, made_at=at, due_at=due_at)
        for kind, due_at in promised.items()
        if due_at > at
    )
    return answered


def correct(*, correction: Update, promised: Mapping[str, datetime]) -> None:
    """Promise other times than were said by mistake, to these audiences.

    A wrong time is not judged, unless its readers have waited for it in vain by now.
    """
    incident, at = correction.incident, correction.published_at
    for promise in incident.promises.filter(settled_at=None, audience__in=promised):
        due_at = promised[promise.audience]
        if promise.outcome == Outcome.OPEN and _outcome(promise, at) == Outcome.KEPT:
            promise.outcome = Outcome.CORRECTED
        _settle(promise, correction, at)
        Promise.objects.create(
            incident=incident,
            update=correction,
            audience=promise.audience,
            made_at=at,
            due_at=due_at,
        )


def answer(*, incident: Incident, update: Update) -> None:
    """Another incident's update answers what is owed in this one, to whomever."""
    for promise in incident.promises.filter(settled_at=None):
        _settle(promise, update, update.published_at)


def close(*, incident: Incident, at: datetime) -> None:
    """Nothing more will be said: what is late by now is judged as it stands, the rest is void."""
    for promise in incident.promises.filter(settled_at=None):
        if promise.outcome == Outcome.OPEN and _outcome(promise, at) == Outcome.KEPT:
            promise.outcome = Outcome.VOID
        _settle(promise, None, at)


def judge(*, now: datetime) -> int:
    """Record what was broken by silence; returns how many. Settling it later changes nothing."""
    owed = Promise.objects.filter(settled_at=None, outcome=Outcome.OPEN, due_at__lt=now)
    broken = [
        promise.pk
        for promise in owed.select_related("incident")
        if _outcome(promise, promise.incident.story_time(now)) == Outcome.BROKEN
    ]
    return Promise.objects.filter(pk__in=broken, settled_at=None).update(outcome=Outcome.BROKEN)


def tally(*, incident: Incident, until: datetime) -> Mapping[str, int]:
    """How many promises fell due or were answered until a moment of the story, and how that went.

    One that is open and overdue counts as made, and not as kept.
    """
    made = incident.promises.filter(Q(settled_at__lte=until) | Q(due_at__lt=until - incident.grace))
    made = made.exclude(outcome__in=Promise.UNJUDGED)
    counts = made.aggregate(
        made=Count("pk"),
        kept=Count("pk", Q(outcome=Outcome.KEPT)),
        late=Count("pk", Q(outcome=Outcome.LATE)),
        broken=Count("pk", Q(outcome=Outcome.BROKEN)),
    )
    return dict(counts)


def _settle(promise: Promise, update: Update | None, at: datetime) -> None:
    if promise.outcome == Outcome.OPEN:
        promise.outcome = _outcome(promise, at)
    promise.settled_by, promise.settled_at = update, at
    promise.save(update_fields=["outcome", "settled_by", "settled_at"])


def _outcome(promise: Promise, at: datetime) -> Promise.Outcome:
    """What it would be if something were said at this moment."""
    if at <= promise.due_at + promise.incident.grace:
        return Outcome.KEPT
    in_all = promise.due_at + (promise.due_at - promise.made_at)
    return Outcome.LATE if at <= in_all else Outcome.BROKEN
