"""Which lists somebody may choose from: the public ones, and the internal ones with a proof."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from audiences.models import AudienceKind, Contact, Segment
from audiences.services import topics

_INTERNAL = AudienceKind.INTERNAL.value
# What is followed, in the order in which it is offered.
_GROUPS = {
    "": _("Lists"),
    topics.COMPONENT: _("Single services"),
    topics.INCIDENT: _("Single incidents"),
    _INTERNAL: _("For our team"),
}


def lists(*, is_insider: bool = False) -> QuerySet[Segment]:
    """Everything offered for self-service, those that follow one service or incident included."""
    listed = Segment.objects.filter(is_listed=True).order_by("name")
    return listed if is_insider else listed.exclude(kind=AudienceKind.INTERNAL)


def chosen(*, numbers: Iterable[int], is_insider: bool, now: datetime) -> list[Segment]:
    """Of the lists somebody asked for, those that are offered, or whose topic can be followed."""
    asked = Segment.objects.filter(pk__in=list(numbers)).order_by("name")
    offered = set(lists(is_insider=is_insider).filter(pk__in=asked))
    return [one for one in asked if one in offered or topics.subject(topic=one.topic, now=now)]


def grouped(lists: Iterable[Segment]) -> dict[str, list[Segment]]:
    """By what they follow, each kind under its name; internal ones last."""
    groups: dict[str, list[Segment]] = {kind: [] for kind in _GROUPS}
    for segment in lists:
        groups[_group(segment)].append(segment)
    return {str(_GROUPS[kind]): found for kind, found in groups.items() if found}


def _group(segment: Segment) -> str:
    if segment.kind == AudienceKind.INTERNAL:
        return _INTERNAL
    kind = topics.kind(segment.topic)
    return kind if kind in _GROUPS else topics.INCIDENT


def is_internal(address: str) -> bool:
    """Whether a mailbox, as we store it, is in exactly one of the company's own domains."""
    local, _at, domain = address.rpartition("@")
    return bool(local) and domain in settings.INTERNAL_DOMAINS


def may_join(*, contact: Contact, is_insider: bool) -> QuerySet[Segment]:
    """The lists offered to somebody, and those they have or had: they may come back to them."""
    own = Segment.objects.filter(subscriptions__contact=contact)
    chosen = {*lists(is_insider=is_insider).values_list("pk", flat=True)}
    chosen |= {*own.exclude(kind=AudienceKind.INTERNAL).values_list("pk", flat=True)}
    return Segment.objects.filter(pk__in=chosen).order_by("name")
