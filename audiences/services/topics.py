"""Following one thing: its followers are the members of a segment of its own.

What can be followed, and until when, the app knows that has it: it says so when Django starts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.text import slugify

from audiences import languages
from audiences.models import Segment

COMPONENT, INCIDENT, USERS = "component", "incident", "users"
_SLUG_LENGTH = Segment._meta.get_field("slug").max_length or 80
_NAME_LENGTH = Segment._meta.get_field("name").max_length or 200


# What one of a kind is called, by language; None where nobody can follow it (any more).
Look = Callable[[str, datetime], Mapping[str, str] | None]
_looks: dict[str, Look] = {}


@dataclass(frozen=True)
class Subject:
    """Something that can be followed."""

    topic: str
    names: Mapping[str, str]

    @property
    def name(self) -> str:
        return languages.spoken(self.names)


def register(kind: str, *, look: Look) -> None:
    """Say how things of a kind are found."""
    _looks[kind] = look


def subject(*, topic: str, now: datetime) -> Subject | None:
    """What somebody would follow by this topic; None where there is nothing to follow."""
    look, key = _looks.get(kind(topic)), topic.partition(":")[2]
    names = look(key, now) if look and key else None
    return Subject(topic, names) if names else None


def follow(*, subjects: Iterable[Subject]) -> list[Segment]:
    """The segments of their followers; from now on there are some."""
    return [
        _segment_for(
            one.topic,
            languages.pick(one.names, settings.LANGUAGE_CODE),
            public_name=dict(one.names) if len(one.names) > 1 else {},
        )
        for one in subjects
    ]


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
    return _segment_for(topic, name)


def users_of(*, component: str, name: str) -> Segment:
    """The segment of everybody whose account depends on a component; from now on there is one."""
    return _segment_for(f"{USERS}:{component}", name, rule={"uses": component})


def followers(*, topics: Iterable[str]) -> QuerySet[Segment]:
    """The segments of those topics that somebody has followed so far."""
    return Segment.objects.filter(topic__in=list(topics))


def _segment_for(topic: str, name: str, **more: Mapping[str, str]) -> Segment:
    found = Segment.objects.filter(topic=topic).first()
    if found:
        return found
    new = Segment(topic=topic, slug=_free_slug(topic), name=name[:_NAME_LENGTH], **more)
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
