"""One person's answers: stored, changed; a low score or a wish for a call becomes a task."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext, override

from audiences.prepared import Prepared
from feedback.conditions import Given
from feedback.models import Answer, FollowUp, Invitation, Question, Response
from feedback.services import anonymity, invited, papers
from feedback.services.judging import judged
from messaging.models import Delivery

CALL_BACK_WITHIN = timedelta(days=2)
# More often nobody changes their mind.
MOST_CHANGES = 50
_EARLIER = Prepared(
    lambda contact, broadcast: Response.objects.filter(
        delivery__contact=contact, delivery__broadcast=broadcast
    ).order_by("pk"),
    int,
    int,
)
_ANSWERS = Prepared(
    lambda contact, broadcast: Answer.objects.filter(
        response__delivery__contact=contact, response__delivery__broadcast=broadcast
    ).select_related("response"),
    int,
    int,
)
_MANAGER = Prepared(
    lambda contact: User.objects.filter(account__contact=contact, is_active=True), int
)


class ChangedTooOften(Exception):
    """The answers stay as they are."""


def submit(*, delivery: Delivery, answers: Given, language: str, now: datetime) -> FollowUp | None:
    """Store the answers to the survey a message asked for; answering again replaces them all.

    A low score, or a wish for a call, opens a follow-up, once each, which is returned; where all
    is taken back it is closed. Where the survey is anonymous there is neither: see
    services/anonymity.py.

    :raises Closed: it is too late, or nobody's any more.
    :raises InvalidAnswers: a required answer is missing, one is impossible, or there is none.
    :raises AlreadyAnswered: the survey is anonymous, so that nothing can be replaced.
    :raises ChangedTooOften: there is an end to that.
    """
    invitation: Invitation = delivery.broadcast.invitation
    if not invitation.takes_answers(now):
        raise invited.Closed
    paper = papers.asked(invitation.version_id)
    valid = judged(paper.questions, answers)
    if paper.is_anonymous:
        anonymity.keep(delivery=delivery, answers=valid, now=now)
        return None
    return _store(delivery, valid, language, now)


def is_low(answers: Iterable[Answer]) -> bool:
    """Whether one of the scores asks for somebody to call back."""
    return any(
        answer.score is not None and answer.score <= _threshold(answer.question)
        for answer in answers
    )


def earlier(*, delivery: Delivery) -> Response | None:
    """What the person has answered to the same invitation, through whichever of its messages."""
    return _EARLIER.first(delivery.contact_id or 0, delivery.broadcast_id)


def answers(*, delivery: Delivery) -> list[Answer]:
    """The same, answer by answer."""
    return _ANSWERS.all(delivery.contact_id or 0, delivery.broadcast_id)


def _reasons(answers: Sequence[Answer]) -> set[str]:
    """Why somebody should call back."""
    found, wishes = set[str](), Question.Kind.CONTACT
    if is_low(answers):
        found.add("low score")
    if any(answer.question.kind == wishes and answer.choice == "yes" for answer in answers):
        found.add("wish")
    return found


def _threshold(question: Question) -> int:
    return Question.SCALES[Question.Kind(question.kind)][2]


@transaction.atomic
def _store(
    delivery: Delivery, answers: Sequence[Answer], language: str, now: datetime
) -> FollowUp | None:
    invited.lock(delivery)
    response, before = earlier(delivery=delivery), list[Answer]()
    if response is None:
        response = Response.objects.create(
            invitation=delivery.broadcast.invitation,
            delivery=delivery,
            language=language,
            submitted_at=now,
            changed_at=now,
        )
    else:
        before = _change(response, language, now)
    _write(response, before, answers)
    return _follow_up(response, before=_reasons(before), after=_reasons(answers), now=now)


def _change(response: Response, language: str, now: datetime) -> list[Answer]:
    """Note that they answer again; returns the earlier answers."""
    if response.changes >= MOST_CHANGES:
        raise ChangedTooOften
    response.language, response.changed_at = language, now
    response.changes += 1
    response.save(update_fields=["language", "changed_at", "changes"])
    return list(response.answers.select_related("question"))


def _write(response: Response, before: Sequence[Answer], answers: Sequence[Answer]) -> None:
    """What is answered again keeps its row, on which tags and improvements hang; what is not is
    taken back."""
    known = {(one.question_id, one.choice): one.pk for one in before}
    for answer in answers:
        answer.response = response
        answer.pk = known.pop((answer.question_id, answer.choice), None)
    if before:
        Answer.objects.filter(pk__in=known.values()).delete()
        Answer.objects.bulk_update([one for one in answers if one.pk], ["score", "text"])
    Answer.objects.bulk_create([one for one in answers if one.pk is None])


def _follow_up(
    response: Response, *, before: set[str], after: set[str], now: datetime
) -> FollowUp | None:
    """Only a reason that is new opens again what a person has done."""
    theirs = FollowUp.objects.filter(response=response)
    if after - before:
        return _opened(response, theirs.first(), now)
    if after:
        return theirs.first()
    if before:
        close(response=response, now=now)
    return None


def close(*, response: Response, now: datetime) -> None:
    """Nobody need call back about these answers any more; what was noted of a call stays."""
    theirs = FollowUp.objects.filter(response=response, state=FollowUp.State.OPEN)
    for one in theirs:
        one.outcome = "\n".join(filter(None, (one.outcome, _taken_back())))
        one.state, one.done_at = FollowUp.State.DONE, now
        one.save(update_fields=["outcome", "state", "done_at"])


def _opened(response: Response, known: FollowUp | None, now: datetime) -> FollowUp:
    due_at = now + CALL_BACK_WITHIN
    if known is None:
        return FollowUp.objects.create(response=response, due_at=due_at, owner=_owner(response))
    if known.state == FollowUp.State.DONE:
        known.state, known.done_at, known.due_at = FollowUp.State.OPEN, None, due_at
        known.outcome = known.outcome.removesuffix(_taken_back()).rstrip()
        known.save(update_fields=["state", "done_at", "due_at", "outcome"])
    return known


def _taken_back() -> str:
    with override(settings.LANGUAGE_CODE):  # read by the team, not by the customer
        return gettext(
            "The customer has changed the answers: neither a low score nor a wish for a call is"
            " left."
        )


def _owner(response: Response) -> User | None:
    """A customer's account manager, unless they have left; else whoever asked."""
    contact = response.delivery.contact_id if response.delivery else None
    return _MANAGER.first(contact or 0) or response.invitation.owner
