"""Which lists somebody may choose from: the public ones, and the internal ones with a proof."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from audiences.models import AudienceKind, Channel, Contact, Segment
from audiences.services import topics
from audiences.services.topics import Subject

_INTERNAL = AudienceKind.INTERNAL.value
_SERVICES = _("Single services")
# What is followed, in the order in which it is offered.
_GROUPS = {
    "": _("Lists"),
    topics.COMPONENT: _SERVICES,
    topics.INCIDENT: _("Single incidents"),
    _INTERNAL: _("For our team"),
}
# More than so many services are folded away in their groups.
AT_A_GLANCE = 8
# A link names one thing; nobody looks up more than a few.
_LOOKED_UP = 10


@dataclass(frozen=True)
class Heading:
    """What stands above some lists; folded, one opens it first."""

    name: str
    is_folded: bool = False

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Offer:
    """What stands on the subscribe page; `asked` is what a link leads to."""

    lists: list[Segment]
    asked: list[Subject]
    services: Mapping[Heading, list[Subject]]

    @property
    def subjects(self) -> list[Subject]:
        return [*self.asked, *(one for them in self.services.values() for one in them)]


def lists(*, is_insider: bool = False) -> QuerySet[Segment]:
    """Everything offered for self-service, those that follow one service or incident included."""
    listed = Segment.objects.in_use().filter(is_listed=True).order_by("name")
    return listed if is_insider else listed.exclude(kind=AudienceKind.INTERNAL)


def chosen(*, numbers: Iterable[int], is_insider: bool, now: datetime) -> list[Segment]:
    """Of the lists somebody asked for, those that are offered, or whose topic can be followed."""
    asked = Segment.objects.in_use().filter(pk__in=list(numbers)).order_by("name")
    offered = set(lists(is_insider=is_insider).filter(pk__in=asked))
    return [one for one in asked if one in offered or topics.subject(topic=one.topic, now=now)]


def grouped(lists: Iterable[Segment]) -> dict[Heading, list[Segment]]:
    """By what they follow, each kind under its name, services by their own groups; internal ones
    last."""
    services = _headed(topics.offered())
    by_topic = {one.topic: heading for heading, them in services.items() for one in them}
    found: dict[Heading, list[Segment]] = {}
    for segment in lists:
        kind = _group(segment)
        heading = by_topic.get(segment.topic) if kind == topics.COMPONENT else None
        found.setdefault(heading or Heading(str(_GROUPS[kind])), []).append(segment)
    first, *others = (Heading(str(name)) for name in _GROUPS.values())
    in_order = dict.fromkeys((first, *services, *others))
    return {heading: found[heading] for heading in in_order if heading in found}


def everything(*, asked_for: Iterable[str], is_insider: bool, now: datetime) -> Offer:
    """What the subscribe page offers to somebody who comes by a link to some topics, or by none."""
    services = topics.offered()
    known = {one.topic: one for them in services.values() for one in them}
    asked = list(dict.fromkeys(asked_for))
    others = [topic for topic in asked if topic not in known][:_LOOKED_UP]
    known_too = {topic: topics.subject(topic=topic, now=now) for topic in others}
    found = [one for topic in asked if (one := known.get(topic) or known_too.get(topic))]
    rest = {
        heading: [one for one in them if one not in found]
        for heading, them in _headed(services).items()
    }
    return Offer(
        lists=[one for one in lists(is_insider=is_insider) if one.topic not in known],
        asked=found,
        services={heading: them for heading, them in rest.items() if them},
    )


def _headed(services: Mapping[str, list[Subject]]) -> dict[Heading, list[Subject]]:
    is_folded = sum(map(len, services.values())) > AT_A_GLANCE
    return {
        Heading(": ".join(filter(None, (str(_SERVICES), name))), is_folded): subjects
        for name, subjects in services.items()
    }


def _group(segment: Segment) -> str:
    if segment.kind == AudienceKind.INTERNAL:
        return _INTERNAL
    kind = topics.kind(segment.topic)
    return kind if kind in _GROUPS else topics.INCIDENT


def is_internal(address: str) -> bool:
    """Whether a mailbox, as we store it, is in exactly one of the company's own domains."""
    local, _at, domain = address.rpartition("@")
    return bool(local) and domain in settings.INTERNAL_DOMAINS


def may_join(
    *, contact: Contact, is_insider: bool, channels: Collection[str] = tuple(Channel.values)
) -> QuerySet[Segment]:
    """The lists offered to somebody, those of the services, and those they have or had on these
    channels: they may come back to them."""
    own = Segment.objects.in_use().filter(
        subscriptions__contact=contact, subscriptions__channel__in=channels
    )
    chosen = {*lists(is_insider=is_insider).values_list("pk", flat=True)}
    chosen |= {*own.exclude(kind=AudienceKind.INTERNAL).values_list("pk", flat=True)}
    chosen |= {*_of_services().values_list("pk", flat=True)}
    return Segment.objects.filter(pk__in=chosen).order_by("name")


def _of_services() -> QuerySet[Segment]:
    services = (one.topic for them in topics.offered().values() for one in them)
    return Segment.objects.filter(topic__in=list(services))
