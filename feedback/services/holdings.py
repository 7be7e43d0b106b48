"""What feedback holds about a person: their answers, and the task that came of them."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from audiences.models import Contact
from audiences.services import personal_data
from audiences.services.personal_data import People
from audiences.services.traces import ERASED
from feedback.models import Answer, FollowUp, Reply, Response, UsedLink
from feedback.services import invited, merged, tags
from messaging.models import Broadcast, BroadcastContent


def _collect(contact: Contact) -> list[dict[str, Any]]:
    responses = Response.objects.filter(delivery__contact=contact).order_by("pk")
    return [
        {
            "survey": response.invitation.version.survey.slug,
            "submitted_at": response.submitted_at,
            "changed_at": response.changed_at,
            "answers": [_answer(answer) for answer in response.answers.all()],
            "follow_up": _follow_up(response),
        }
        for response in responses.select_related(
            "invitation__version__survey", "follow_up"
        ).prefetch_related("answers__question", "answers__tags")
    ] + _anonymous(contact)


def _anonymous(contact: Contact) -> list[dict[str, Any]]:
    """That they have answered is known for as long as such a survey is open, and nothing else."""
    used = UsedLink.objects.filter(delivery__contact=contact).order_by("pk")
    slugs = used.values_list("delivery__broadcast__invitation__version__survey__slug", flat=True)
    return [{"survey": slug, "answers": "anonymous"} for slug in slugs]


def _answer(answer: Answer) -> dict[str, Any]:
    given = answer.text or answer.choice or answer.score
    names = [tag.name for tag in answer.tags.all()]
    about = {"tags": names} if names else {}
    return {"question": answer.question.text, "answer": given, **about}


def _follow_up(response: Response) -> dict[str, Any] | None:
    follow_up = getattr(response, "follow_up", None)
    if follow_up is None:
        return None
    return {
        "due_at": follow_up.due_at,
        "state": follow_up.state,
        "outcome": follow_up.outcome,
        "replies": [
            {"sent_at": one.sent_at, "subject": one.subject, "text": one.text}
            for one in follow_up.replies.order_by("pk")
        ],
    }


def _erase(people: People, now: datetime) -> None:
    """Scores and choices stay in the results; what was written by them or about them goes."""
    # Who answers at this moment is waited for, and nobody does afterwards.
    invited.hold(people.numbers)
    theirs = Response.objects.filter(delivery__contact__in=people.numbers)
    Answer.objects.filter(response__in=theirs).exclude(text="").update(text=ERASED)
    tags.forget(responses=theirs)
    tasks = FollowUp.objects.filter(response__in=theirs)
    tasks.update(outcome=ERASED)
    _erase_replies(Reply.objects.filter(follow_up__in=tasks))
    # Nobody can be called back any more.
    tasks.filter(state=FollowUp.State.OPEN).update(state=FollowUp.State.DONE, done_at=now)


def _erase_replies(replies: QuerySet[Reply]) -> None:
    """What was written to them stands in the message, too."""
    letters = Broadcast.objects.filter(deliveries__reply__in=replies)
    contents = BroadcastContent.objects.filter(broadcast__in=letters)
    contents.update(subject=ERASED, text=ERASED, html=ERASED)
    letters.update(title=ERASED)
    replies.update(subject=ERASED, text=ERASED)


personal_data.register("feedback", collect=_collect, erase=_erase, move=merged.move)
