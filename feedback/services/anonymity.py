"""Answers that nobody can lead back to a person: what is kept of them, and what is not.

That somebody has answered stands on their message's side, what was answered stands on its own.
Neither knows the other, nor a time that would join them: the answers name only their day, and their
numbers are drawn at random, for numbers in a row tell an order. What it costs: such answers cannot
be changed, shown to their author or erased one by one, and nobody can be called back.

Whoever has answered is remembered only until the survey closes.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from feedback.models import Answer, Invitation, Response, UsedLink
from feedback.services import invited
from messaging.models import Delivery

# Small enough for all that reads numbers.
_MOST = 2**52
# SQLite takes a limited number of parameters.
_AT_ONCE = 500


class AlreadyAnswered(Exception):
    """This person has; nothing was stored."""


@transaction.atomic
def keep(*, delivery: Delivery, answers: Sequence[Answer], now: datetime) -> Response:
    """Store answers without whose they are, in the language of the request: so many who were asked
    in it have answered.

    :raises Closed: the link is nobody's any more.
    :raises AlreadyAnswered: through this link, or through the same survey's other message.
    """
    theirs = invited.lock(delivery)
    if UsedLink.objects.filter(pk__in=theirs).exists():
        raise AlreadyAnswered
    UsedLink.objects.bulk_create(UsedLink(pk=pk) for pk in theirs)
    day = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    response = Response(
        pk=_number(),
        invitation=delivery.broadcast.invitation,
        language=delivery.language,
        submitted_at=day,
        changed_at=day,
    )
    response.save(force_insert=True)
    for answer in answers:
        answer.pk, answer.response = _number(), response
    Answer.objects.bulk_create(answers)
    return response


def has_answered(*, delivery: Delivery) -> bool:
    return UsedLink.objects.filter(delivery__in=invited.messages(delivery)).exists()


def forget(*, now: datetime) -> int:
    """Forget who has answered what takes no answers any more; returns of how many messages."""
    _write_anew()
    closed_at = now - Invitation.GRACE
    closed = UsedLink.objects.filter(delivery__broadcast__invitation__closes_at__lte=closed_at)
    forgotten, _by_model = closed.delete()
    return forgotten


@transaction.atomic
def _write_anew() -> None:
    """PostgreSQL marks rows with the transaction that wrote them, and keeps them in that order: who
    reads the database's own columns could join by it, and with rows that name a time tell one.
    Written together, they have one mark.

    Of a survey whose used links are forgotten, that was done after its last answer."""
    remembered = UsedLink.objects.values("delivery__broadcast__invitation")
    lately = Response.objects.filter(delivery=None, invitation__in=remembered)
    Answer.objects.filter(response__in=lately).update(text=F("text"))
    lately.update(language=F("language"))
    used = list(UsedLink.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(used), _AT_ONCE):
        some = used[start : start + _AT_ONCE]
        UsedLink.objects.filter(pk__in=some).delete()
        UsedLink.objects.bulk_create(UsedLink(pk=pk) for pk in some)


def is_nobodys(number: int) -> bool:
    """Whether a response of this number is anonymous."""
    return number < 0


def _number() -> int:
    """Below all that a table counts: SQLite would count on from it, so that the next answer that
    is somebody's would tell before which time this one was given."""
    return -1 - secrets.randbelow(_MOST)
