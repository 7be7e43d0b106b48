"""Everybody whom a message of a step would reach, and everybody left out, each with the reason."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from audiences.admin.moments import brief, moment
from audiences.admin.pages import ObjectPage, address
from audiences.languages import spoken
from audiences.models import AudienceKind, Channel, Detail, Segment
from incidents.models import Impact, Incident, PlanStep, Update
from incidents.services import drills, plans, telling
from messaging.admin.fates import LEFT_OUT
from messaging.services.forecast import Forecast
from messaging.services.readers import SHOWN, TOLD, Reader


@dataclass(frozen=True)
class Shown:
    """One person of the list."""

    reader: Reader
    segment: Segment | None
    asked_at: datetime

    @property
    def address(self) -> str:
        return address(self.reader.contact)

    @property
    def detail(self) -> str:
        return str(Detail(self.reader.detail).label) if self.reader.detail else ""

    @property
    def language(self) -> str:
        return str(dict(settings.LANGUAGES)[self.reader.contact.spoken])

    @property
    def waits_until(self) -> str:
        return brief(self.reader.quiet_until, self.asked_at)

    @property
    def why_address(self) -> str:
        """Where it says in full why this person is in the segment."""
        if self.segment is None:
            return ""
        page = reverse("admin:audiences_segment_why", args=[self.segment.pk])
        return f"{page}?contact={self.reader.contact.pk}"


@dataclass(frozen=True)
class Tab:
    """One list that can be chosen: a channel, and who is told or why they are not."""

    name: str
    number: int
    query: str
    is_chosen: bool


class ReadersPage(ObjectPage, TemplateView):
    title = _("Who hears this?")
    template_name = "admin/incidents/readers.html"
    permission = "view"

    def has_permission(self) -> bool:
        user: User = self.actor
        return super().has_permission() and user.has_perm("audiences.view_contact")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        incident, now = self.object, timezone.now()
        with drills.rehearsed(incident=incident, now=now):
            shown = self._shown(incident, self._asked_at(now))
        return {
            **super().get_context_data(**kwargs),
            "incident_title": spoken(incident.title),
            **shown,
        }

    def _asked_at(self, now: datetime) -> datetime:
        try:
            at = datetime.fromisoformat(self.request.GET.get("at", ""))
        except ValueError:
            return now
        return max(at, now) if at.tzinfo else now

    def _shown(self, incident: Incident, at: datetime) -> dict[str, Any]:
        # The update comes first: a draft's plan is chosen by its impact.
        update, step = self._update(incident), self._step(incident)
        foreseen = telling.foresee(step=step, incident=incident, now=at, update=update)
        channel = self._chosen("channel", step.channels) or next(iter(step.channels), "")
        fate = self._chosen("fate", [*LEFT_OUT])
        after = self.request.GET.get("after", "")
        found = (
            telling.listed(
                step=step,
                incident=incident,
                update=update,
                channel=channel,
                fate=fate or TOLD,
                now=at,
                after=int(after[:18]) if after.isdecimal() else 0,
            )
            if channel
            else []
        )
        segments = Segment.objects.in_bulk({one.segment for one in found if one.segment})
        return {
            "step": step,
            "at": moment(at),
            "audience": update.get_audience_display() if update and update.audience else "",
            "tabs": self._tabs(foreseen, channel, fate),
            "readers": [Shown(one, segments.get(one.segment or 0), at) for one in found],
            "is_told": not fate,
            "next": self._next(channel, fate, found),
        }

    def _step(self, incident: Incident) -> PlanStep:
        try:
            plan = incident.plan or plans.choose(incident=incident)
        except plans.NoPlan as error:
            raise Http404 from error
        step = plan.steps.select_related("template").filter(pk=self.kwargs["step_id"]).first()
        if step is None:
            raise Http404
        return step

    def _update(self, incident: Incident) -> Update | None:
        """What decides who reads an update, of one that may not be written yet."""
        incident.impact = self._chosen("impact", Impact.values) or incident.impact
        kind = self._chosen("audience", AudienceKind.values)
        return Update(incident=incident, audience=kind) if kind else None

    def _chosen(self, name: str, known: Any) -> str:
        asked = self.request.GET.get(name, "")
        return asked if asked in known else ""

    def _tabs(self, foreseen: Forecast, channel: str, fate: str) -> list[Tab]:
        tabs = []
        for name, number in foreseen.by_channel.items():
            label = str(Channel(name).label)
            chosen = name == channel
            tabs.append(Tab(label, number, self._query(name, ""), chosen and not fate))
            for reason, words in LEFT_OUT.items():
                if left := getattr(foreseen.dropped[name], reason):
                    query = self._query(name, reason)
                    is_chosen = chosen and fate == reason
                    tabs.append(Tab(f"{label}, {words}", left, query, is_chosen))
        return tabs

    def _next(self, channel: str, fate: str, found: list[Reader]) -> str:
        is_full = len(found) == SHOWN
        return f"?{self._query(channel, fate, found[-1].contact.pk)}" if is_full else ""

    def _query(self, channel: str, fate: str, after: int = 0) -> str:
        kept = {name: self.request.GET.get(name, "") for name in ("audience", "impact", "at")}
        asked = {"channel": channel, "fate": fate, **kept, "after": after or ""}
        return urlencode({name: value for name, value in asked.items() if value})
