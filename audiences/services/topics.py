"""Following one thing: its followers are the members of a segment of its own."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.text import slugify

from audiences.models import Segment

COMPONENT, INCIDENT, USERS = "component", "incident", "users"
_SLUG_LENGTH = Segment._meta.get_field("slug").max_length or 80
_NAME_LENGTH = Segment._meta.get_field("name").max_length or 200


def component(slug: str) -> str:
    """The topic of who follows a component."""
    return f"{COMPONENT}:{slug}"


def incident(key: str) -> str:
    """The topic of who follows an incident."""
    return f"{INCIDENT}:{key}"


def kind(topic: str) -> str:
    """What sort of thing is followed; "" for nothing."""
    return topic.partition(":")[0]


def segment_for(*, topic: str, name: str) -> Segment:
    """The segment of a topic, for example "component:checkout"; from now on there is one.

    `name` is only used where it is new. Its members come by subscription.
    """
    return _segment_for(topic, name, rule={})


def users_of(*, component: str, name: str) -> Segment:
    """The segment of everybody whose account depends on a component; from now on there is one."""
    return _segment_for(f"{USERS}:{component}", name, rule={"uses": component})


def followers(*, topics: Iterable[str]) -> QuerySet[Segment]:
    """The segments of those topics that somebody has followed so far."""
    return Segment.objects.filter(topic__in=list(topics))


def _segment_for(topic: str, name: str, rule: dict[str, str]) -> Segment:
    found = Segment.objects.filter(topic=topic).first()
    if found:
        return found
    new = Segment(topic=topic, slug=_free_slug(topic), name=name[:_NAME_LENGTH], rule=rule)
    try:
        with transaction.atomic():
            new.save(force_insert=True)
    except IntegrityError:
        # Somebody else was first (segment_once_per_topic).
        return Segment.objects.get(topic=topic)
    return new


def _free_slug(topic: str) -> str:
    """By what it follows, with a number where somebody has named a list like that."""
    wanted = slugify(topic.replace(":", "-"))[: _SLUG_LENGTH - 4]
    taken = set(Segment.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (wanted, *numbered) if slug not in taken)
