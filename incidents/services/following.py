"""What people may follow: every component, and an incident until a while after it is over."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from audiences.models import Subscription
from audiences.services import topics
from incidents.models import Component, Incident
from incidents.models.incidents import FINAL

# What is still to be said comes within it: the post-mortem, and a relapse.
FOLLOWED_FOR = timedelta(days=30)


def can_be_followed(*, incident: Incident, now: datetime) -> bool:
    """Drafts, drills and replays cannot: nobody outside hears of them."""
    return _followed(now).filter(pk=incident.pk).exists()


def end(*, now: datetime) -> int:
    """Let nobody follow any longer what is long over; returns how many subscriptions ended."""
    over = Incident.objects.opened().exclude(pk__in=_followed(now))
    followed = [topics.incident(key) for key in over.values_list("key", flat=True)]
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
    return {settings.LANGUAGE_CODE: found.name} if found else None


def _incident(key: str, now: datetime) -> Mapping[str, str] | None:
    found = _followed(now).filter(key=key).first()
    return found.title if found else None


topics.register(topics.COMPONENT, look=_component)
topics.register(topics.INCIDENT, look=_incident)
