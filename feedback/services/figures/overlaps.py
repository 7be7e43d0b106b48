"""Through which segments people heard the story that they were asked about: often several."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from django.db.models import QuerySet

from feedback.models import Response
from feedback.services.figures.counting import ASKED, CHUNK, REACHED, Divided, Turnout
from feedback.services.figures.slices import HEARD, Slice
from messaging.models import Broadcast, Delivery

# By their numbers, of a person in a story.
Segments = frozenset[int]
_Heard = Mapping[tuple[int | None, str], Segments]
_NONE: Segments = frozenset()


def divided(of: Slice) -> Divided:
    """By exactly the segments of each person."""
    heard = _heard(of)
    return Divided(_asked(of.deliveries(), heard), _answered(of.responses(), heard))


def _heard(of: Slice) -> _Heard:
    stories = of.asking().values("thread")
    told = Delivery.objects.filter(
        broadcast__in=Broadcast.objects.filter(thread__in=stories, purpose__in=HEARD),
        contact__isnull=False,
        segment__isnull=False,
    )
    found: dict[tuple[int | None, str], Segments] = {}
    # There are few combinations: each is kept once.
    same: dict[Segments, Segments] = {}
    rows = told.values_list("contact_id", "broadcast__thread", "segment_id")
    for contact, thread, segment in rows.iterator(CHUNK):
        known = found.get((contact, thread), _NONE)
        if segment not in known:
            more = known | {segment}
            found[contact, thread] = same.setdefault(more, more)
    return found


def _asked(requests: QuerySet[Delivery], heard: _Heard) -> Mapping[Segments, Turnout]:
    rows = requests.annotate(is_asked=ASKED, is_reached=REACHED)
    names = ("contact_id", "broadcast__thread", "is_asked", "is_reached")
    counted = Counter(
        (heard.get((contact, thread), _NONE), is_asked, is_reached)
        for contact, thread, is_asked, is_reached in rows.values_list(*names)
    )
    found: dict[Segments, Turnout] = defaultdict(Turnout)
    for (segments, is_asked, is_reached), number in counted.items():
        found[segments] += Turnout(number * is_asked, number * is_reached)
    return found


def _answered(responses: QuerySet[Response], heard: _Heard) -> Mapping[int, Segments]:
    rows = responses.values_list("pk", "delivery__contact_id", "delivery__broadcast__thread")
    return {response: heard.get((contact, thread), _NONE) for response, contact, thread in rows}
