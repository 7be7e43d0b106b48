"""The incident room: what was promised, what is going out, what waits for a decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from audiences.admin.moments import brief, moment
from audiences.admin.pages import ObjectPage, address, may_open
from audiences.languages import spoken
from audiences.models import Channel
from audiences.services.counting import Count
from feedback.admin import results_page
from incidents.admin import (
    correction_rows,
    duty,
    labels,
    score_rows,
    storm_panel,
    told_facts,
    unreached_panel,
)
from incidents.admin.aftermath import aftermath_of
from incidents.admin.approvals import decision_address
from incidents.admin.forecast_rows import spoken_counts
from incidents.admin.maintenance_facts import maintenance_facts
from incidents.admin.own_start import own_start
from incidents.admin.promises import ledger, promise_of, waiting
from incidents.admin.room_proposals import proposals
from incidents.admin.room_thread import thread, where_to_correct
from incidents.models import (
    Approval,
    Commitment,
    Incident,
    Plan,
    PlanStep,
    Postmortem,
    TimelineEntry,
)
from incidents.services import (
    affected,
    entry_approvals,
    plan_words,
    posts,
    safe_words,
    score,
    telling,
    unheard,
)
from messaging.admin.fates import left_out
from messaging.models import Broadcast, Delivery
from messaging.services.forecast import Forecast
from messaging.services.posts import Post

State = TimelineEntry.State


@dataclass(frozen=True)
class EntryRow:
    """One line of the timeline."""

    entry: Any
    audience: str
    channels: str
    expected: list[tuple[str, int]]
    # Of a request for feedback: who is left out, and why.
    left_out: list[tuple[str, int]]
    seen_at: datetime
    approval: Approval | None = None
    correct_address: str = ""

    @property
    def due(self) -> str:
        return brief(self.entry.due_at, self.seen_at)

    @property
    def said_early(self) -> str:
        """When it was told, if that was before its own time: together with another step."""
        is_early = self.entry.released_at and self.entry.released_at < self.entry.due_at
        return brief(self.entry.released_at, self.seen_at) if is_early else ""

    @property
    def variant(self) -> str:
        return labels.ENTRY.get(self.entry.state, "")

    @property
    def note(self) -> str:
        return safe_words.because(self.entry.held) if self.entry.held else str(self.entry.note)

    @property
    def is_task(self) -> bool:
        return bool(self.entry.step.who == PlanStep.Who.TASK)

    @property
    def is_waiting(self) -> bool:
        return bool(self.entry.state == State.WAITING)

    @property
    def to_post(self) -> list[Post]:
        return posts.of_task(self.entry)

    @property
    def approval_address(self) -> str:
        is_open = self.approval and self.approval.is_undecided
        return decision_address(self.approval) if self.approval and is_open else ""

    @property
    def is_coming(self) -> bool:
        return self.entry.state in (State.PLANNED, State.WAITING)

    @property
    def results_address(self) -> str:
        """What the asked have answered about this incident."""
        if not (self.entry.step.survey and self.entry.broadcast_id):
            return ""
        survey = self.entry.step.survey.slug
        return results_page.address(survey=survey, occasion=self.entry.incident.key)

    @property
    def done(self) -> int:
        return int(self.entry.reached + self.entry.failed)

    @property
    def broadcast_address(self) -> str:
        return address(self.entry.broadcast) if self.entry.broadcast else ""

    @property
    def deliveries_address(self) -> str:
        listing = reverse("admin:messaging_delivery_changelist")
        return f"{listing}?broadcast__id__exact={self.entry.broadcast_id}"


class RoomPage(ObjectPage, TemplateView):
    title = _("Incident room")
    template_name = "admin/incidents/room.html"
    permission = "view"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        incident, now = self.object, timezone.now()
        clock = incident.story_time(now)
        prefetch_related_objects([incident], "merged__plan")  # Asked for by every step.
        is_poll = "HX-Request" in self.request.headers
        context = super().get_context_data(**kwargs)
        made = ledger(incident, clock)
        return {
            **context,
            "incident": incident,
            "incident_title": spoken(incident.title),
            "clock": moment(clock) if incident.clock_origin_at else "",
            "started": brief(incident.started_at, clock),
            "promise": promise_of(incident, now),
            "rows": [] if incident.is_draft else rows(incident, clock, is_poll=is_poll),
            "thread": thread(incident, clock),
            "aftermath": aftermath_of(incident, clock),
            "proposals": proposals(incident, clock),
            "ledger": made,
            "waiting": waiting(made),
            "unheard": unheard.why([incident], now=now).get(incident.pk, ""),
            "affected": incident.touched(),
            "storm": storm_panel.standing(incident, clock),
            "reach": _affected_people(incident, is_poll=is_poll),
            "known": told_facts.of(incident),
            "maintenance": maintenance_facts(incident, clock),
            "own_start": own_start(incident, now, is_poll=is_poll),
            "status_variant": labels.STATUS.get(incident.status, ""),
            "impact_variant": labels.IMPACT.get(incident.impact, ""),
            "may_change": self.model_admin.has_change_permission(self.request, incident),
            "unreached": unreached_panel.of(incident, by=self.actor, now=now),
            "duty": duty.standing(incident, by=self.actor, now=now),
            "may_tick_off": self.request.user.has_perm("incidents.change_timelineentry"),
            "score_lines": score_rows.of_incident(score.of(incident=incident, now=now))
            if incident.is_over and incident.opened_at
            else [],
            "is_drill": incident.mode == Incident.Mode.DRILL,
            "may_open": self._may_open(),
            "may_read_answers": self.request.user.has_perm("feedback.view_response"),
        }

    def _may_open(self) -> dict[str, bool]:
        kinds = (Plan, Postmortem, Commitment, Approval, Broadcast, Delivery)
        found = may_open(self.actor, *kinds)
        decides = self.actor.has_perm("incidents.approve_update")
        return {**found, "approval": found["approval"] or decides}


def rows(incident: Incident, clock: datetime, *, is_poll: bool) -> list[EntryRow]:
    """The whole timeline, with what each entry reached or is expected to reach."""
    expected = _expected(incident, is_poll=is_poll)
    along = storm_panel.told_along(incident, is_poll=is_poll)
    return [
        EntryRow(
            entry=entry,
            audience=_audience(entry, along.get(entry.step_id, [])),
            channels=", ".join(str(Channel(name).label) for name in entry.step.channels),
            **_counts(entry, expected.get(entry.pk)),
            seen_at=clock,
            approval=_approval(entry),
            correct_address=where_to_correct(entry),
        )
        for entry in _entries(incident)
    ]


def _counts(entry: TimelineEntry, foreseen: Forecast | None) -> dict[str, list[tuple[str, int]]]:
    if foreseen is None:
        return {"expected": [], "left_out": []}
    return {
        "expected": spoken_counts(foreseen.by_channel),
        "left_out": left_out(foreseen) if entry.step.asks else [],
    }


def _expected(incident: Incident, *, is_poll: bool) -> dict[int, Forecast]:
    """Counted when somebody opens the page; a page left open does not count again and again."""
    key = f"expected-{incident.pk}"
    counted: dict[int, Forecast] | None = cache.get(key) if is_poll else None
    if counted is None:
        counted = telling.expected(incident=incident, now=timezone.now())
        cache.set(key, counted, timeout=60)
    return counted


def _affected_people(incident: Incident, *, is_poll: bool) -> tuple[int, Count]:
    """Accounts and people; counted when somebody opens the page, like what is expected."""
    key = f"affected-{incident.pk}"
    counted: tuple[int, Count] | None = cache.get(key) if is_poll else None
    if counted is None:
        found = affected.of_incident(incident=incident)
        counted = found.account_count, found.people
        cache.set(key, counted, timeout=60)
    return counted


def _entries(incident: Incident) -> QuerySet[TimelineEntry]:
    return (
        incident.timeline.with_counts()
        .select_related("incident", "step__survey", "step__template", "broadcast", "decided_by")
        .select_related("update")
        .prefetch_related("step__segments")
        .order_by("due_at", "pk")
    )


def _audience(entry: TimelineEntry, along: Sequence[str]) -> str:
    step = entry.step
    if entry.broadcast and entry.reason == TimelineEntry.Reason.CORRECTED:
        is_correction = entry.broadcast.purpose == Broadcast.Purpose.CORRECTION
        return str(correction_rows.GOT if is_correction else correction_rows.WAITED)
    names = [segment.name for segment in step.segments.all()]
    if entry.state in (State.PLANNED, State.WAITING):
        names += along
    if step.tells_affected:
        names.insert(0, str(_("everyone affected")))
    if step.survey_id:
        names.append(plan_words.asked(step))
    if entry.incident.mode == Incident.Mode.DRILL and names and step.who != PlanStep.Who.TASK:
        stands_for = {"names": ", ".join(names)}
        return gettext("who takes part, in place of: %(names)s") % stands_for
    return ", ".join(names)


def _approval(entry: TimelineEntry) -> Approval | None:
    asks = entry.step.who == PlanStep.Who.APPROVAL and entry.state in (State.WAITING, State.PLANNED)
    return entry_approvals.last_about(entry) if asks else None
