"""What answers can be broken down by, as the database is asked for it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Case, Exists, F, OuterRef, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audiences.models import Channel, Segment
from feedback.services.figures import counting, overlaps, stories
from feedback.services.figures.counting import Divided, Key
from feedback.services.figures.slices import Slice
from feedback.services.figures.stories import Group
from messaging import states
from messaging.models import Broadcast, Delivery

SEGMENT, LANGUAGE = "segment", "language"


@dataclass(frozen=True)
class Dimension:
    """`groups` names those that its keys belong to, in the order in which they are shown. Where it
    is overlapping, people are divided by sets of keys."""

    label: Any
    divided: Callable[[Slice], Divided]
    groups: Callable[[Collection[Any]], Mapping[Any, Group]]
    is_overlapping: bool = False


def labels(*, is_anonymous: bool) -> dict[str, Any]:
    """Of an anonymous survey only what is known of its answers, and nothing that joins groups of
    another: a plan's incidents less all that are shown are those that are not."""
    if is_anonymous:
        return {**dict([*stories.labels().items()][:1]), LANGUAGE: OWN[LANGUAGE].label}
    return {**stories.labels(), **{slug: one.label for slug, one in OWN.items()}}


def dimension(slug: str) -> Dimension:
    """:raises KeyError: there is none of this name."""
    if slug in OWN:
        return OWN[slug]
    return Dimension(
        stories.labels()[slug],
        _by("broadcast", "invitation__broadcast"),
        lambda requests: {
            number: groups[slug]
            for number, groups in stories.described(requests).items()
            if slug in groups
        },
    )


def _by(requests: Key, responses: Key) -> Callable[[Slice], Divided]:
    return lambda of: Divided(
        counting.reach(of.deliveries(), requests), counting.answered(of.responses(), responses)
    )


def _by_message(of: Slice) -> Divided:
    """The reminder, if it had reached the person before they answered; else the request."""
    reminded = Delivery.objects.filter(
        contact=OuterRef("delivery__contact"),
        broadcast=OuterRef("invitation__broadcast__reminder"),
        state__in=states.SENT,
        accepted_at__lte=OuterRef("submitted_at"),
    )
    through = Case(
        When(Exists(reminded), then=F("invitation__broadcast__reminder")),
        default=F("invitation__broadcast"),
    )
    asked, answered = _by("broadcast", through)(of)
    return Divided({**asked, **counting.reach(of.reminders(), "broadcast")}, answered)


def _channels(_found: Collection[Any]) -> dict[Any, Group]:
    return {value: Group(value, str(label)) for value, label in Channel.choices}


def _languages(_found: Collection[Any]) -> dict[Any, Group]:
    return {code: Group(code, _(str(name))) for code, name in settings.LANGUAGES}


def _segments(found: Collection[Any]) -> dict[Any, Group]:
    named = Segment.objects.filter(pk__in=found).order_by("name")
    return {one.pk: Group(str(one.pk), str(one)) for one in named}


def _messages(found: Collection[Any]) -> dict[Any, Group]:
    sent = Broadcast.objects.filter(pk__in=found).order_by("reminds", "title", "pk")
    titles = dict(sent.values_list("pk", "title"))
    known = stories.described(found)
    return {
        number: known.get(number, {}).get(stories.MESSAGE) or Group(str(number), title)
        for number, title in titles.items()
    }


OWN: Mapping[str, Dimension] = {
    stories.MESSAGE: Dimension(gettext_lazy("message"), _by_message, _messages),
    SEGMENT: Dimension(gettext_lazy("segment"), overlaps.divided, _segments, is_overlapping=True),
    "channel": Dimension(gettext_lazy("channel"), _by("channel", "delivery__channel"), _channels),
    LANGUAGE: Dimension(
        gettext_lazy("language"),
        _by("language", Coalesce("delivery__language", "language")),
        _languages,
    ),
}
