"""Which texts of a broadcast were wrong, who has read one, and what telling them costs."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Count, Exists, OuterRef, Q

from audiences.models import Channel
from messaging import states
from messaging.channels import sms_units
from messaging.models import Broadcast, BroadcastContent, Delivery
from messaging.services import composition
from messaging.services.forecast import Share, as_received
from messaging.services.reception import Reception
from messaging.states import State

# A text as its readers got it: channel, language, detail level.
Text = tuple[str, str, str]
_NOBODY = Q(pk__in=())
# What went out, and what may have; of what bounced or failed it is known that nobody read it.
MAY_BE_READ = Q(state__in=[State.ACCEPTED, State.DELIVERED, State.COMPLAINED, State.UNKNOWN]) | Q(
    # A sender died while it held it, perhaps after it had handed it over.
    error_code="recalled",
    lapses__gt=0,
)
CAME_TO_NOBODY = Q(error_code="recalled", lapses=0)


@dataclass(frozen=True)
class Wrong:
    """Those texts of a broadcast that were wrong."""

    broadcast: Broadcast
    texts: frozenset[Text]

    @property
    def readers(self) -> Q:
        """The condition on deliveries to be of one of them."""
        return Q(broadcast=self.broadcast) & _of(self.texts)

    @property
    def is_growing(self) -> bool:
        """Whether its recipients are still being written."""
        broadcast = self.broadcast
        return broadcast.state in Broadcast.UNFINISHED and broadcast.frozen_at is None


def notices(wrong: Iterable[Wrong]) -> list[Wrong]:
    """Without corrections: whoever was still to get one has read what it corrects."""
    return [one for one in wrong if one.broadcast.purpose != Broadcast.Purpose.CORRECTION]


def has_read(wrong: Sequence[Wrong], *more: State) -> Q:
    """The condition on deliveries that their reader got one of these texts, or may have; or has it
    in one of these states."""
    read = Delivery.objects.filter(any_of(wrong), MAY_BE_READ | Q(state__in=more))
    return Q(Exists(read.filter(contact=OuterRef("contact"), channel=OuterRef("channel"))))


def got(wrong: Sequence[Wrong]) -> Q:
    """The condition on deliveries that one of these texts came to their reader, or may have."""
    return any_of(wrong) & MAY_BE_READ


def awaited(wrong: Sequence[Wrong]) -> Q:
    """The condition on deliveries that their reader is still to get one, and has got none."""
    return any_of(wrong) & Q(state__in=states.OPEN) & ~has_read(wrong)


def is_awaited(wrong: Sequence[Wrong]) -> bool:
    """Whether somebody who has not got a wrong text was still to get one."""
    if any(one.is_growing for one in wrong):
        return True
    return Delivery.objects.filter(awaited(wrong)).exists()


@dataclass(frozen=True)
class Reached:
    """How many got a wrong text, or may have; and how many others were still to get one."""

    got: Counter[Text]
    waiting: Counter[Text]


def reached(wrong: Sequence[Wrong]) -> Reached:
    """Each person once per channel, however many wrong texts came to them."""
    groups = (
        Delivery.objects.filter(any_of(wrong), contact__isnull=False)
        .values_list("channel", "language", "detail")
        .annotate(
            got=Count("contact", MAY_BE_READ, distinct=True),
            waiting=Count("contact", Q(state__in=states.OPEN) & ~has_read(wrong), distinct=True),
        )
        .order_by()
    )
    got, waiting = Counter[Text](), Counter[Text]()
    for channel, language, detail, had, has_not in groups:
        got[channel, language, detail] += had
        waiting[channel, language, detail] += has_not
    return Reached(+got, +waiting)


def people(wrong: Sequence[Wrong]) -> int:
    """How many got a wrong text, or may have: each once, on however many channels."""
    read = Delivery.objects.filter(got(wrong), contact__isnull=False)
    return read.values("contact").distinct().count()


def shares(people: Mapping[Text, int], contents: Iterable[BroadcastContent]) -> list[Share]:
    """What telling these people costs; as a forecast says it."""
    texts = {(one.language, one.detail): one.sms_text for one in contents if one.sms_text}
    reception = Reception()
    found = []
    for (channel, language, detail), number in sorted(people.items()):
        text = composition.pick(texts, language, detail) if channel == Channel.SMS else ""
        text = as_received(text, None, language, reception) if text else ""
        parts = sms_units.segments(text) if text else 0
        found.append(Share(channel, None, language, detail, number, parts))
    return found


def any_of(wrong: Sequence[Wrong]) -> Q:
    return reduce(or_, (one.readers for one in wrong if one.texts), _NOBODY)


def _of(texts: Iterable[Text]) -> Q:
    alike = (
        Q(channel=channel, language=language, detail=detail)
        for channel, language, detail in sorted(texts)
    )
    return reduce(or_, alike, _NOBODY)


def differing(
    *,
    before: Sequence[BroadcastContent],
    after: Sequence[BroadcastContent],
    texts: Iterable[Text],
) -> frozenset[Text]:
    """Those of the texts in which two sets of contents say something different."""
    old, new = ({(one.language, one.detail): one for one in said} for said in (before, after))
    return frozenset(text for text in texts if _words(old, *text) != _words(new, *text))


def read_in(
    broadcast: Broadcast, languages: Collection[str], texts: Iterable[Text]
) -> frozenset[Text]:
    """Those of the texts that say what it says in these languages, whoever reads them."""
    said = {(one.language, one.detail): one for one in broadcast.contents.all()}
    picked = {text: _read(said, *text) for text in texts}
    return frozenset(text for text, one in picked.items() if one and one.language in languages)


def _words(
    contents: Mapping[tuple[str, str], BroadcastContent], channel: str, language: str, detail: str
) -> tuple[str, ...]:
    read = _read(contents, channel, language, detail)
    if read is None:
        return ()
    is_text = channel == Channel.SMS
    return (read.sms_text,) if is_text else (read.subject, read.text, read.html)


def _read(
    contents: Mapping[tuple[str, str], BroadcastContent], channel: str, language: str, detail: str
) -> BroadcastContent | None:
    is_text = channel == Channel.SMS
    worded = {key: one for key, one in contents.items() if one.sms_text or not is_text}
    return composition.pick(worded, language, detail)


def put_right(delivery: Delivery) -> list[Broadcast]:
    """The messages that put right what this one said; reads its broadcast's `amendments`, each
    with `by`, prefetched or not."""
    text = [delivery.channel, delivery.language, delivery.detail]
    return [one.by for one in delivery.broadcast.amendments.all() if text in one.texts]
