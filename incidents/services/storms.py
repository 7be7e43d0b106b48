"""Related incidents told as one: one storm is one conversation for a customer.

One of them is its head: what is published there reaches the readers of all. The others are told
within it until its end, or until they are told apart again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences import languages
from audiences.models import Segment
from incidents.models import Component, ComponentGroup, Incident, IncidentComponent, Update
from incidents.models.incidents import IncidentQuerySet
from incidents.models.plans import Kind
from incidents.services import facts, incidents, told_together, updates
from incidents.services.update_checks import ToldElsewhere
from incidents.services.updates import UpdateDraft


@dataclass(frozen=True)
class Candidate:
    """Another incident that is going on, and what it shares with one."""

    incident: Incident
    components: Sequence[Component]
    groups: Sequence[ComponentGroup]
    segments: Sequence[Segment]

    @property
    def is_related(self) -> bool:
        """Whether customers may well take both for the same thing."""
        return bool(self.components or self.groups)


@transaction.atomic
def merge(
    *,
    incidents: Collection[Incident],
    into: Incident,
    draft: UpdateDraft,
    by: User | None,
    now: datetime,
) -> Update:
    """Tell incidents within another one from now on, and say so by this update of it, once.

    It reaches the readers of all of them, and answers what was promised in each. Where the plan
    wants it approved, all of that happens when it is.

    :raises CannotPublish: ToldElsewhere says why they cannot be told together.
    """
    joining = sorted(incident.pk for incident in incidents)
    return updates.publish(incident=into, draft=replace(draft, merges=joining), by=by, now=now)


@transaction.atomic
def part(*, incident: Incident, draft: UpdateDraft, by: User | None, now: datetime) -> Update:
    """Tell an incident by itself again, beginning with this update to its own readers.

    Where the plan wants it approved, all of that happens when it is.

    :raises CannotPublish: ToldElsewhere if it is told by itself already.
    """
    return updates.publish(incident=incident, draft=replace(draft, parts=True), by=by, now=now)


@transaction.atomic
def open_within(*, draft: Incident, into: Incident, by: User | None, now: datetime) -> Incident:
    """Open a draft that is told within another incident from its first moment.

    Nothing of its own goes out; what is published there next reaches its readers, too.

    :raises AlreadyOpen, NoPlan: as with open().
    :raises ToldElsewhere: says why they cannot be told together.
    """
    head = told_together.hold(incident_id=into.pk, joining=[draft.pk])
    opened = incidents.open(incident=draft, by=by, now=now)
    update = Update(incident=head, status=head.status, proposal={"merges": [opened.pk]})
    if because := told_together.obstacle(update=update):
        raise ToldElsewhere(because)
    told_together.begin_within(incident=opened, head=head, at=opened.story_time(now))
    return opened


def candidates(*, incident: Incident) -> list[Candidate]:
    """What an incident could be told together with, the most closely related first."""
    mine = _going_on(incident).filter(pk=incident.pk).first()
    if mine is None:
        return []
    others = _going_on(incident).told_by_themselves().exclude(pk=incident.pk)
    possible = [
        _candidate(mine, other)
        for other in others.order_by("opened_at", "pk")
        if not told_together.joining_obstacle(incident=other, into=mine)
    ]
    return sorted(
        possible,
        key=lambda one: (-len(one.components), -len(one.groups), -len(one.segments)),
    )


def likely_head(*, incident: Incident) -> Incident | None:
    """The oldest incident going on that hits the same services as this newer one, or their group;
    None where customers would hardly take them for the same thing."""
    older = _hitting_the_same(incident).filter(opened_at__lte=incident.opened_at)
    return next(
        (one for one in older if not told_together.joining_obstacle(incident=incident, into=one)),
        None,
    )


def likely_head_of_draft(*, draft: Incident) -> Incident | None:
    """The same before customers hear of it."""
    if draft.kind != Kind.INCIDENT or draft.mode != Incident.Mode.REAL:
        return None
    return _hitting_the_same(draft).first()


def _hitting_the_same(incident: Incident) -> IncidentQuerySet:
    hit = list(incident.components.values_list("pk", "group"))
    same = Q(components__in=[pk for pk, _group in hit])
    same |= Q(components__group__in=[group for _pk, group in hit if group])
    others = _going_on(incident).told_by_themselves().exclude(pk=incident.pk)
    return others.filter(same).order_by("opened_at", "pk")


def _going_on(incident: Incident) -> IncidentQuerySet:
    going_on = Incident.objects.active().filter(kind=Kind.INCIDENT, mode=incident.mode)
    rows = IncidentComponent.objects.select_related("component__group")
    return going_on.select_related("merged_into").prefetch_related(
        Prefetch("affected", rows), Prefetch("merged__affected", rows), "plan__steps__segments"
    )


def _candidate(incident: Incident, other: Incident) -> Candidate:
    components = _components(incident) & _components(other)
    groups = {one.group for one in _components(incident) if one.group}
    groups &= {one.group for one in _components(other) if one.group}
    return Candidate(
        incident=other,
        components=sorted(components, key=lambda one: (one.position, one.name)),
        groups=sorted(groups, key=lambda one: (one.position, one.name)),
        segments=sorted(_told(incident) & _told(other), key=lambda one: one.name),
    )


def _components(incident: Incident) -> set[Component]:
    together = (incident, *incident.merged.all())
    return {row.component for one in together for row in one.affected.all()}


def _told(incident: Incident) -> set[Segment]:
    """The lists that an incident's plan names."""
    steps = incident.plan.steps.all() if incident.plan else ()
    return {segment for step in steps for segment in step.segments.all()}


def words(*, into: Incident, incidents: Sequence[Incident]) -> Mapping[str, str]:
    """What may be said when they are told together, per language."""
    texts = {}
    for code in languages.codes():
        titles = [_quoted(one, code) for one in (*incidents, into)]
        with override(code):
            texts[code] = _(
                "%(titles)s belong together. From now on we tell you about all of it in one"
                " place, so that you get one message and not several."
            ) % {"titles": facts.listed(titles)}
    return texts


def words_of_parting(*, incident: Incident) -> Mapping[str, str]:
    """What may be said when an incident is told by itself again, per language."""
    texts = {}
    for code in languages.codes():
        with override(code):
            texts[code] = _("From now on we tell you about %(title)s by itself again.") % {
                "title": _quoted(incident, code)
            }
    return texts


def _quoted(incident: Incident, code: str) -> str:
    with override(code):
        return _("“%(title)s”") % {"title": languages.pick(incident.title, code)}
