"""One storm, one conversation: what an update does to the incidents that are told with it."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audiences.languages import spoken
from incidents.models import Incident, Update
from incidents.models.plans import Kind
from incidents.models.status import FINAL
from incidents.services import promises, proposals, storm_readers, timeline
from incidents.services.incidents import show_on_components


class _HasGrown(Exception):
    """Between looking and holding, another incident has joined."""


def hold(*, incident_id: int, joining: Collection[int] = ()) -> Incident:
    """Hold the rows of a whole storm, and of what is to join it, until the transaction ends.

    Always in the order of their ids, so that two of these never wait for each other.
    """
    while True:
        try:
            # Undone, it lets go of the rows that it holds.
            with transaction.atomic():
                return _hold(incident_id, {incident_id, *joining})
        except _HasGrown:
            continue


def _hold(incident_id: int, ids: set[int]) -> Incident:
    seen = _storms(ids)
    held = Incident.objects.select_for_update().filter(pk__in=seen).order_by("pk")
    rows = {incident.pk: incident for incident in held}
    if _storms(ids) - rows.keys():
        raise _HasGrown
    return rows[incident_id]


def _storms(ids: set[int]) -> set[int]:
    """These, their heads, and what is told within any of them."""
    related = Q(pk__in=ids) | Q(merged_into__in=ids) | Q(merged__in=ids)
    return set(Incident.objects.filter(related).values_list("pk", flat=True))


def obstacle(*, update: Update) -> str:
    """Why an update cannot be said as things are told; empty if it can."""
    head, ids = update.incident.merged_into, update.proposal.get("merges", ())
    parts = update.proposal.get("parts", False)
    if (ids or parts) and update.audience:
        return _("Where they are told concerns everybody: let all of them hear it.")
    if ids:
        return _merging_obstacle(update, ids)
    if parts and not head:
        return _("It is told by itself already: publish an update.")
    if head and not parts:
        words = _("It is told within “%(head)s”: publish there, or tell it apart again.")
        return words % {"head": spoken(head.title)}
    return ""


def _merging_obstacle(update: Update, ids: Collection[int]) -> str:
    others = Incident.objects.filter(pk__in=ids).select_related("merged_into").order_by("pk")
    found = (joining_obstacle(incident=other, into=update.incident) for other in others)
    if because := next((one for one in found if one), ""):
        return because
    if update.status in FINAL:
        return _("It cannot begin with its end: tell them together, then resolve.")
    return _loss(update)


def joining_obstacle(*, incident: Incident, into: Incident) -> str:
    """Why one cannot be told within another; empty if it can."""
    names = {"title": spoken(incident.title), "into": spoken(into.title)}
    if incident.pk == into.pk:
        return _("An incident cannot be told within itself: choose another one.")
    if into.merged_into:
        return _("“%(into)s” is itself told within “%(head)s”: choose that one.") % {
            **names,
            "head": spoken(into.merged_into.title),
        }
    if incident.merged_into_id and incident.merged_into_id != into.pk:
        return _("“%(title)s” is told within another incident: tell it apart first.") % names
    if incident.merged_into_id:
        return _("“%(title)s” is told within “%(into)s” already.") % names
    for one in (into, incident):
        if one.kind != Kind.INCIDENT or one.is_draft or one.is_over:
            return _("“%(title)s” is not an open incident: choose one that is going on.") % {
                "title": spoken(one.title)
            }
    if incident.mode != into.mode or _clock(incident) != _clock(into):
        return (
            _(
                "“%(title)s” and “%(into)s” do not go on at the same time: one is an exercise, or"
                " its clock runs differently."
            )
            % names
        )
    return ""


def _clock(incident: Incident) -> tuple[datetime | None, datetime | None, float]:
    return incident.clock_origin_at, incident.clock_anchor_at, incident.clock_speed


def _loss(update: Update) -> str:
    then = proposals.as_it_would_be(update=update, statuses={})
    number = storm_readers.unheard(incident=then).count()
    if not number:
        return ""
    words = ngettext(
        "%(n)s person who hears of it now would hear nothing more: the plan of “%(into)s” tells"
        " nobody of their kind, or not by their channel. Tell them together the other way round.",
        "%(n)s people who hear of it now would hear nothing more: the plan of “%(into)s” tells"
        " nobody of their kind, or not by their channel. Tell them together the other way round.",
        number,
    )
    return words % {"n": number, "into": spoken(then.title)}


def join(*, update: Update) -> None:
    """Let the incidents that an update names be told within its own from now on; what is told
    within them comes along. The caller holds all their rows.

    What they owed is answered by this update; what waits for approval in them is not said.
    """
    ids, at = update.proposal.get("merges", ()), update.published_at
    if not ids:
        return
    joined = Incident.objects.filter(Q(pk__in=ids) | Q(merged_into__in=ids))
    within = _("It is told within “%(head)s” now.") % {"head": spoken(update.incident.title)}
    for incident in joined.order_by("pk"):
        proposals.drop_all(updates=incident.updates.proposed(), because=within, at=at)
        promises.answer(incident=incident, update=update)
        _tell_within(incident, update.incident, at)
    update.incident.roll_up_impact()


def begin_within(*, incident: Incident, head: Incident, at: datetime) -> None:
    """Let an incident that was opened this moment say nothing of its own; the caller holds both
    rows."""
    _tell_within(incident, head, at)
    head.roll_up_impact()
    timeline.replan(incident=head, now=at)


def _tell_within(incident: Incident, head: Incident, at: datetime) -> None:
    incident.merged_into, incident.merged_at = head, incident.merged_at or at
    incident.save(update_fields=["merged_into", "merged_at"])
    timeline.replan(incident=incident, now=at)


def leave(*, update: Update) -> None:
    """Let an incident be told by itself again, if its update says so; the caller holds the rows.

    The update keeps for how long another one has told it.
    """
    incident, head = update.incident, update.incident.merged_into
    if not head or not incident.merged_at:
        return
    update.proposal["told_within_since"] = incident.merged_at.isoformat()
    incident.merged_into = incident.merged_at = None
    incident.save(update_fields=["merged_into", "merged_at"])
    for one in (incident, head):
        if not one.is_over:
            one.roll_up_impact()


def share_end(*, incident: Incident, at: datetime) -> None:
    """Let what is told within an incident stand as it stands; the caller holds the rows."""
    for one in incident.merged.order_by("pk"):
        if (one.status, one.resolved_at) == (incident.status, incident.resolved_at):
            continue
        one.status, one.resolved_at = incident.status, incident.resolved_at
        one.save(update_fields=["status", "resolved_at"])
        show_on_components(one)
        timeline.replan(incident=one, now=at)
