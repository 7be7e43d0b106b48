"""Plans are looked at again: on their review date, and after something went wrong."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences import languages
from feedback.models import FollowUp
from feedback.services import responses
from incidents.models import Drill, Incident, Plan, PlanReview, Promise

EVERY = timedelta(days=90)
WITHIN = timedelta(days=7)
Cause = PlanReview.Cause


class NotPossible(ValueError):
    """Nothing was changed; the message says what to do first."""


class AlreadyClosed(NotPossible):
    pass


class FindingsMissing(NotPossible):
    pass


class NoAnswer(NotPossible):
    pass


def open_due(*, now: datetime) -> None:
    """Open what is to be looked at: one review for each plan's date, and for each incident or
    drill that gave cause. Any number of these may run at once; nothing is opened twice."""
    today = timezone.localdate(now)
    with override(settings.LANGUAGE_CODE):  # read by the whole team
        found = [*_by_date(today), *_by_promises(today), *_by_scores(today), *_by_drills(today)]
    PlanReview.objects.bulk_create(found, ignore_conflicts=True)


@transaction.atomic
def close(
    *, review: PlanReview, findings: str, answered_by: Plan | None, by: User, now: datetime
) -> PlanReview:
    """Note what was found, and which version answers it; None says that nothing had to change.

    A plan that was looked at because of its date is looked at again in 90 days.

    :raises AlreadyClosed: somebody did.
    :raises FindingsMissing: it does not say what was found.
    :raises NoAnswer: this is no newer version of the plan that is or was in force.
    """
    review = PlanReview.objects.select_for_update().select_related("plan").get(pk=review.pk)
    if review.done_at:
        raise AlreadyClosed(_("This review is closed already."))
    if not findings.strip():
        raise FindingsMissing(_("Say what the review found."))
    if answered_by and answered_by not in answers(review=review):
        raise NoAnswer(
            _("Choose a newer version of this plan, and set it active before it answers a review.")
        )
    review.findings, review.answered_by, review.reviewer = findings.strip(), answered_by, by
    review.done_at = now
    review.save(update_fields=["findings", "answered_by", "reviewer", "done_at"])
    if review.cause == Cause.DATE:
        _look_again(review.plan, timezone.localdate(now) + EVERY)
    return review


def answers(*, review: PlanReview) -> QuerySet[Plan]:
    """The versions that may answer it, the newest first."""
    newer = Plan.objects.filter(slug=review.plan.slug, version__gt=review.plan.version)
    return newer.exclude(status=Plan.Status.DRAFT).order_by("-version")


def of_drill(*, drill: Drill) -> PlanReview | None:
    """What its finding opened, if that was done already."""
    found = PlanReview.objects.filter(cause=Cause.DRILL, subject=_subject(drill))
    return found.select_related("plan", "reviewer", "answered_by").first()


def in_force(*, plan: Plan) -> Plan | None:
    """The version that incidents get now."""
    if plan.status == Plan.Status.ACTIVE:
        return plan
    return Plan.objects.active().filter(slug=plan.slug).first()


def _look_again(plan: Plan, on: date) -> None:
    """The date is no part of what an active plan says: it moves without a new version."""
    current = in_force(plan=plan)
    if current and current.review_on < on:
        Plan.objects.filter(pk=current.pk).update(review_on=on)


def _by_date(today: date) -> Iterator[PlanReview]:
    opened = PlanReview.objects.filter(plan__slug=OuterRef("slug"), cause=Cause.DATE, done_at=None)
    due = Plan.objects.active().filter(~Exists(opened), review_on__lte=today)
    for plan in due.select_related("owner"):
        yield PlanReview(
            plan=plan,
            reviewer=plan.owner,
            due_on=plan.review_on,
            cause=Cause.DATE,
            subject=f"plan:{plan.pk}:{plan.review_on}",
            question=_(
                "Is everything in it still right: people and their order, audiences, channels,"
                " rhythm, words, links?"
            ),
        )


def _by_promises(today: date) -> Iterator[PlanReview]:
    broken = Promise.objects.filter(incident=OuterRef("pk"), outcome=Promise.Outcome.BROKEN)
    for incident in _real(Cause.PROMISE).filter(Exists(broken)):
        question = _(
            "In “%(incident)s” customers waited in vain for an update that was promised. Was the"
            " rhythm right? Who was called, and why did nobody step in?"
        ) % {"incident": _title(incident)}
        yield _because_of(incident, Cause.PROMISE, today, question)


def _by_scores(today: date) -> Iterator[PlanReview]:
    asked = FollowUp.objects.filter(response__delivery__broadcast__thread=OuterRef("key"))
    for incident in _real(Cause.SCORE).filter(Exists(asked)):
        if _is_still_low(incident):
            question = _(
                "Customers were not content with how they were told about “%(incident)s”. What do"
                " their answers say, and what in the plan would have helped?"
            ) % {"incident": _title(incident)}
            yield _because_of(incident, Cause.SCORE, today, question)


def _is_still_low(incident: Incident) -> bool:
    """Who has corrected an answer does not complain any more."""
    found = FollowUp.objects.filter(response__delivery__broadcast__thread=incident.key)
    found = found.select_related("response").prefetch_related("response__answers__question")
    return any(responses.is_low(one.response.answers.all()) for one in found)


def _by_drills(today: date) -> Iterator[PlanReview]:
    drills = Drill.objects.exclude(lessons="").filter(incident__plan__isnull=False)
    known = _known(Cause.DRILL)
    for drill in drills.select_related("incident__plan__owner"):
        if _subject(drill) not in known:
            question = _("What a drill has taught: %(lessons)s") % {"lessons": drill.lessons}
            review = _because_of(drill.incident, Cause.DRILL, today, question)
            review.subject = _subject(drill)
            yield review


def _subject(drill: Drill) -> str:
    return f"drill:{drill.pk}"


def _real(cause: PlanReview.Cause) -> QuerySet[Incident]:
    """Real incidents with a plan that no such review has looked at."""
    looked_at = PlanReview.objects.filter(incident=OuterRef("pk"), cause=cause)
    real = Incident.objects.filter(mode=Incident.Mode.REAL, plan__isnull=False)
    return real.filter(~Exists(looked_at)).select_related("plan__owner")


def _known(cause: PlanReview.Cause) -> set[str]:
    return set(PlanReview.objects.filter(cause=cause).values_list("subject", flat=True))


def _because_of(
    incident: Incident, cause: PlanReview.Cause, today: date, question: str
) -> PlanReview:
    assert incident.plan
    current = in_force(plan=incident.plan) or incident.plan
    return PlanReview(
        plan=incident.plan,
        incident=incident,
        reviewer=current.owner,
        due_on=today + WITHIN,
        cause=cause,
        subject=f"incident:{incident.pk}",
        question=question,
    )


def _title(incident: Incident) -> str:
    return languages.spoken(incident.title)
