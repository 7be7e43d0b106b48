"""Which lists somebody may choose from: the public ones, and the internal ones with a proof."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import QuerySet

from audiences.models import AudienceKind, Contact, Segment
from audiences.services import topics


def lists(*, is_insider: bool = False) -> QuerySet[Segment]:
    """Everything offered for self-service, those that follow one service or incident included."""
    listed = Segment.objects.filter(is_listed=True).order_by("name")
    return listed if is_insider else listed.exclude(kind=AudienceKind.INTERNAL)


def grouped(lists: Iterable[Segment]) -> dict[str, list[Segment]]:
    """By what they follow: nothing, a component, an incident; internal ones last."""
    groups: dict[str, list[Segment]] = {
        name: [] for name in ("", topics.COMPONENT, "other", AudienceKind.INTERNAL.value)
    }
    for segment in lists:
        kind = topics.kind(segment.topic)
        if segment.kind == AudienceKind.INTERNAL:
            kind = AudienceKind.INTERNAL.value
        groups[kind if kind in groups else "other"].append(segment)
    return {kind: found for kind, found in groups.items() if found}


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
