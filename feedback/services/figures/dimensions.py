"""What answers can be broken down by, as the database is asked for it.

Each has the same key on the requests, on the responses, and on the answers.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Case, Exists, F, Model, OuterRef, QuerySet, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audiences.models import Channel, Segment
from feedback.services.figures import stories
from feedback.services.figures.counting import Key
from feedback.services.figures.slices import HEARD
from feedback.services.figures.stories import Group
from messaging import states
from messaging.models import Broadcast, Delivery

M = TypeVar("M", bound=Model)
SEGMENT, LANGUAGE = "segment", "language"


@dataclass(frozen=True)
class Dimension:
    """`groups` names those that its keys belong to, in the order in which they are shown."""

    label: Any
    requests: Key
    responses: Key
    answers: Key
    groups: Callable[[Collection[Any]], Mapping[Any, Group]]


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
        "broadcast",
        "invitation__broadcast",
        "response__invitation__broadcast",
        lambda requests: {
            number: groups[slug]
            for number, groups in stories.described(requests).items()
            if slug in groups
        },
    )


def heard(rows: QuerySet[M], delivery: str) -> QuerySet[M]:
    """Each row once for every message of the story that its person got through a segment."""
    # Asked so, the database looks up each message by its person, and reads none of other stories.
    told = Broadcast.objects.filter(
        thread=OuterRef(f"{delivery}broadcast__thread"), purpose__in=HEARD
    )
    return rows.filter(**{f"{delivery}contact__deliveries__broadcast__in": told})


def _answered_through(response: str) -> Case:
    """The reminder, if it had reached the person before they answered; else the request."""
    reminded = Delivery.objects.filter(
        contact=OuterRef(f"{response}delivery__contact"),
        broadcast=OuterRef(f"{response}invitation__broadcast__reminder"),
        state__in=states.SENT,
        accepted_at__lte=OuterRef(f"{response}submitted_at"),
    )
    return Case(
        When(Exists(reminded), then=F(f"{response}invitation__broadcast__reminder")),
        default=F(f"{response}invitation__broadcast"),
    )


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
    stories.MESSAGE: Dimension(
        gettext_lazy("message"),
        "broadcast",
        _answered_through(""),
        _answered_through("response__"),
        _messages,
    ),
    SEGMENT: Dimension(
        gettext_lazy("segment"),
        "contact__deliveries__segment",
        "delivery__contact__deliveries__segment",
        "response__delivery__contact__deliveries__segment",
        _segments,
    ),
    "channel": Dimension(
        gettext_lazy("channel"),
        "channel",
        "delivery__channel",
        "response__delivery__channel",
        _channels,
    ),
    LANGUAGE: Dimension(
        gettext_lazy("language"),
        "language",
        Coalesce("delivery__language", "language"),
        Coalesce("response__delivery__language", "response__language"),
        _languages,
    ),
}
