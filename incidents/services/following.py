"""What people may follow: every component, and an incident until a while after it is over."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from audiences.models import Subscription
from audiences.services import topics, uses
from audiences.services.topics import Subject
from incidents.models import Component, Incident
from incidents.models.status import FINAL

# What is still to be said comes within it: the post-mortem, and a relapse.
FOLLOWED_FOR = timedelta(days=30)


def can_be_followed(*, incident: Incident, now: datetime) -> bool:
    """Drafts, drills and replays cannot: nobody outside hears of them."""
    return _followed(now).filter(pk=incident.pk).exists()


def end(*, now: datetime) -> int:
    """Let nobody follow any longer what is long over; returns how many subscriptions ended."""
    over = Incident.objects.opened().exclude(pk__in=_followed(now))
    return _let_go([topics.incident(key) for key in over.values_list("key", flat=True)])


@transaction.atomic
def forget(*, components: Sequence[str]) -> None:
    """Let nobody follow or use these any more, which are gone: what gets the name of one of them
    is something else, and nobody has asked for that."""
    _let_go([topics.component(slug) for slug in components])
    for slug in components:
        uses.set_accounts(component=slug, accounts=())


def followers(*, components: Sequence[str]) -> int:
    """How many people follow these."""
    followed = topics.followers(topics=[topics.component(slug) for slug in components])
    there = Subscription.objects.filter(
        segment__in=followed, state=Subscription.State.CONFIRMED
    ).values("contact")
    return there.distinct().count()


def keep_up(*, now: datetime) -> None:
    """Let everything that is followed have its name of today, and every component a segment for
    its followers, so that it stands on everybody's preference page."""
    for subjects in topics.offered().values():
        topics.follow(subjects=subjects)
    for topic in topics.known(kind=topics.INCIDENT):
        if subject := topics.subject(topic=topic, now=now):
            topics.rename(subject=subject)


def _let_go(followed: Sequence[str]) -> int:
    ended = 0
    for segment in topics.followers(topics=followed):
        ended += Subscription.objects.filter(segment=segment).delete()[0]
    return ended


def _followed(now: datetime) -> QuerySet[Incident]:
    ended_at = Coalesce("resolved_at", "scheduled_until", "opened_at")
    opened = Incident.objects.public().annotate(ended_at=ended_at)
    return opened.filter(~Q(status__in=FINAL) | Q(ended_at__gte=now - FOLLOWED_FOR))


def _component(slug: str, now: datetime) -> Mapping[str, str] | None:
    found = Component.objects.filter(slug=slug).first()
    return _names(found) if found else None


def _names(component: Component) -> Mapping[str, str]:
    return {settings.LANGUAGE_CODE: component.name}


def _components() -> Mapping[str, Sequence[Subject]]:
    """All of them by the name of their group, as they stand on the status page."""
    found: dict[str, list[Subject]] = {}
    order = (F("group__position").asc(nulls_last=True), "group__name", "position", "name")
    for one in Component.objects.select_related("group").order_by(*order):
        there = found.setdefault(one.group.name if one.group else "", [])
        there.append(Subject(topics.component(one.slug), _names(one)))
    return found


def _incident(key: str, now: datetime) -> Mapping[str, str] | None:
    found = _followed(now).filter(key=key).first()
    return found.title if found else None


topics.register(topics.COMPONENT, look=_component, offer=_components)
topics.register(topics.INCIDENT, look=_incident)
