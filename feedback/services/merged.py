"""Two contacts turn out to be one person: who answered an invitation as both has answered it once,
and the later answers stand, as where somebody answers again.
"""

from collections import defaultdict
from datetime import datetime

from audiences.models import Contact
from feedback.models import Answer, FollowUp, Response, UsedLink
from feedback.services import invited, responses
from messaging.models import Delivery


def move(source: Contact, target: Contact, now: datetime) -> None:
    """Before the messages move: of two that were the same only the target's keeps its person, and
    what hangs on the other would be nobody's."""
    invited.hold([source.pk, target.pk])
    by_request = defaultdict[int, list[Response]](list)
    theirs = Response.objects.filter(delivery__contact__in=(source, target))
    for response in theirs.select_related("delivery").order_by("changed_at", "pk"):
        if response.delivery:
            by_request[response.delivery.broadcast_id].append(response)
    for *earlier, last in by_request.values():
        for one in earlier:
            _replace(one, last, now)
        _hang(last, target)
    _remember(source, target)


def _replace(earlier: Response, later: Response, now: datetime) -> None:
    """What came of the earlier answers is known to whoever sees to the later ones."""
    known = FollowUp.objects.filter(response=earlier).first()
    if known:
        _go_on(known, later, now)
    again = {one.question_id: one for one in later.answers.exclude(text="")}
    for comment in earlier.answers.filter(question__in=again):
        _hand_on(comment, again[comment.question_id])
    _count_on(earlier, later)
    earlier.delete()


def _count_on(earlier: Response, later: Response) -> None:
    """So a draft on a device that changes the earlier answers is out of date. It takes nobody's
    last change."""
    changes = min(later.changes + earlier.changes + 1, responses.MOST_CHANGES - 1)
    later.changes = max(later.changes, changes)
    later.save(update_fields=["changes"])


def _hand_on(comment: Answer, later: Answer) -> None:
    """What hangs on it: tags, and what others know of."""
    for relation in Answer._meta.related_objects:
        name = relation.get_accessor_name()
        if relation.many_to_many and name:
            getattr(later, name).add(*getattr(comment, name).all())


def _go_on(known: FollowUp, later: Response, now: datetime) -> None:
    coming = FollowUp.objects.filter(response=later).first()
    if coming is None:
        FollowUp.objects.filter(pk=known.pk).update(response=later)
        responses.close(response=later, now=now)
        return
    known.replies.update(follow_up=coming)
    coming.outcome = "\n".join(filter(None, (known.outcome, coming.outcome)))
    coming.save(update_fields=["outcome"])


def _hang(response: Response, target: Contact) -> None:
    """On the target's message, where both got the same."""
    delivery = response.delivery
    assert delivery, "found by its contact"
    same = Delivery.objects.filter(
        contact=target, broadcast=delivery.broadcast_id, channel=delivery.channel
    )
    if found := same.first():
        Response.objects.filter(pk=response.pk).update(delivery=found)


def _remember(source: Contact, target: Contact) -> None:
    """Who has answered an anonymous survey as one of them has answered it as both."""
    used = UsedLink.objects.filter(delivery__contact=source).values("delivery__broadcast")
    same = Delivery.objects.filter(contact=target, broadcast__in=used)
    UsedLink.objects.bulk_create(
        [UsedLink(pk=pk) for pk in same.values_list("pk", flat=True)], ignore_conflicts=True
    )
