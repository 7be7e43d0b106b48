"""Following one thing: its followers are the members of a segment of its own.

What can be followed, and until when, the app knows that has it: it says so when Django starts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.text import slugify

from audiences import languages
from audiences.models import Segment, Subscription

COMPONENT, INCIDENT, USERS = "component", "incident", "users"
_SLUG_LENGTH = Segment._meta.get_field("slug").max_length or 80
_NAME_LENGTH = Segment._meta.get_field("name").max_length or 200


# What one of a kind is called, by language; None where nobody can follow it (any more).
Look = Callable[[str, datetime], Mapping[str, str] | None]


@dataclass(frozen=True)
class Subject:
    """Something that can be followed."""

    topic: str
    names: Mapping[str, str]

    @property
    def name(self) -> str:
        return languages.spoken(self.names)


# What is offered to everybody, by the heading under which it stands, in that order.
Offer = Callable[[], Mapping[str, Sequence[Subject]]]
_looks: dict[str, Look] = {}
_offers: dict[str, Offer] = {}


def register(kind: str, *, look: Look, offer: Offer | None = None) -> None:
    """Say how things of a kind are found, and which of them are offered without being asked for."""
    _looks[kind] = look
    if offer:
        _offers[kind] = offer


def offered() -> dict[str, list[Subject]]:
    """Everything that is offered to everybody, by its heading."""
    found: dict[str, list[Subject]] = {}
    for offer in _offers.values():
        for heading, subjects in offer().items():
            found.setdefault(heading, []).extend(subjects)
    return found


def subject(*, topic: str, now: datetime) -> Subject | None:
    """What somebody would follow by this topic; None where there is nothing to follow."""
    look, key = _looks.get(kind(topic)), topic.partition(":")[2]
    names = look(key, now) if look and key else None
    return Subject(topic, names) if names else None


def follow(*, subjects: Iterable[Subject]) -> list[Segment]:
    """The segments of their followers, by their names of today; from now on there are some."""
    return [_named(_segment_for(one.topic, **_names(one)), **_names(one)) for one in subjects]


def rename(*, subject: Subject) -> None:
    """Let a segment of its followers, if there is one, have its name of today."""
    for one in Segment.objects.filter(topic=subject.topic):
        _named(one, **_names(subject))


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
    return _segment_for(topic, name=name)


def users_of(*, component: str, name: str) -> Segment:
    """The segment of everybody whose account depends on a component; from now on there is one."""
    return _segment_for(f"{USERS}:{component}", name=name, rule={"uses": component})


def followers(*, topics: Iterable[str]) -> QuerySet[Segment]:
    """The segments of those topics that somebody has followed so far."""
    followed = Subscription.objects.filter(segment=OuterRef("pk"))
    return Segment.objects.filter(Exists(followed), topic__in=list(topics))


def known(*, kind: str) -> list[str]:
    """The topics of a kind that have a segment."""
    found = Segment.objects.filter(topic__startswith=f"{kind}:").order_by("pk")
    return list(found.values_list("topic", flat=True))


def _names(subject: Subject) -> dict[str, Any]:
    name = languages.pick(subject.names, settings.LANGUAGE_CODE)
    # Of one name, staff may have written translations.
    several = {"public_name": dict(subject.names)} if len(subject.names) > 1 else {}
    return {"name": name[:_NAME_LENGTH], **several}


def _named(segment: Segment, **names: Any) -> Segment:
    if any(getattr(segment, field) != value for field, value in names.items()):
        Segment.objects.filter(pk=segment.pk).update(**names)
        segment.refresh_from_db(fields=list(names))
    return segment


def _segment_for(topic: str, *, name: str, **more: Mapping[str, str]) -> Segment:
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
