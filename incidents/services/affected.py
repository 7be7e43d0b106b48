"""Who is affected: the segments that depend on what is broken, and the accounts that use it.

Of the head of a storm: by any of what is told within it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from audiences.models import Account, Channel, ComponentUse, Segment
from audiences.services import counting, topics
from audiences.services.counting import Count
from incidents.models import Component, Incident, IncidentComponent


@dataclass(frozen=True)
class Affected:
    """Everybody counts once, whether or not they can be written to."""

    segments: Sequence[Segment]
    accounts: QuerySet[Account]
    account_count: int
    people: Count


def of_incident(*, incident: Incident, seconds: float = counting.PATIENCE_SECONDS) -> Affected:
    """Who is affected by an incident now; looks no longer than about `seconds` for people."""
    named = dependents(incident=incident)
    used = _uses(incident)
    using = accounts(incident=incident)
    of_account = Exists(used.filter(account=OuterRef("account")))
    condition = partial(_is_affected, named, Q(of_account))
    return Affected(
        segments=named,
        accounts=using,
        account_count=using.count(),
        people=counting.people(condition=condition, seconds=seconds),
    )


def accounts(*, incident: Incident) -> QuerySet[Account]:
    """The accounts that use one of the incident's components."""
    used = _uses(incident).filter(account=OuterRef("pk"))
    return Account.objects.filter(Exists(used)).order_by("name")


def dependents(*, incident: Incident) -> list[Segment]:
    """The segments that depend on one of the incident's components."""
    found = Segment.objects.filter(components__in=_components(incident))
    return list(found.distinct().order_by("pk"))


def audience(*, incident: Incident) -> set[Segment]:
    """Who is told with "the affected": those segments, everybody whose account uses a component,
    and the followers of the components and of the incident itself.

    A component that accounts use has a segment of its users from then on.
    """
    components = list(_components(incident))
    followed = [topics.component(one.slug) for one in components]
    followed += [topics.incident(key) for key in incident.storm.values_list("key", flat=True)]
    followers = topics.followers(topics=followed)
    slugs = [one.slug for one in components]
    used = set(ComponentUse.objects.filter(component__in=slugs).values_list("component", flat=True))
    users = {_users(one) for one in components if one.slug in used}
    return {*dependents(incident=incident), *followers, *users}


def rename_users(*, component: Component) -> None:
    """Let the segment of its users, if there is one, have its name of today."""
    Segment.objects.filter(topic=f"{topics.USERS}:{component.slug}").update(name=_name(component))


def _users(component: Component) -> Segment:
    return topics.users_of(component=component.slug, name=_name(component))


def _name(component: Component) -> str:
    return _("Uses %(component)s") % {"component": component.name}


def _uses(incident: Incident) -> QuerySet[ComponentUse]:
    slugs = _components(incident).values_list("slug", flat=True)
    return ComponentUse.objects.filter(component__in=list(slugs))


def _components(incident: Incident) -> QuerySet[Component]:
    touched = IncidentComponent.objects.filter(incident__in=incident.storm)
    return Component.objects.filter(pk__in=touched.values("component")).order_by("pk")


def _is_affected(segments: Sequence[Segment], of_account: Q, ids: range) -> Q:
    named = (one.names(channel, ids) for one in segments for channel in Channel.values)
    return reduce(or_, named, of_account)
