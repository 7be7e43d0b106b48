"""How we do: against our own plans, and beside well-known companies."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from incidents.admin import score_rows
from incidents.admin.spans import of_all, percent, share, span
from incidents.services import field, score
from incidents.services.field import Company
from incidents.services.score import Figures, Group

QUARTER, YEAR = timedelta(days=90), timedelta(days=365)


@dataclass(frozen=True)
class Speaker:
    """A line of the table in which we stand beside others."""

    name: str
    page: str
    counted: str
    between: str
    over_an_hour: str
    next_named: str
    first_notice: str
    duration: str
    is_us: bool = False


@dataclass(frozen=True)
class GroupRow:
    """A month, or a version of a plan."""

    name: str
    incidents: int
    first_notice: str
    silence: str
    kept: str
    kept_note: str
    kept_percent: float | None


class ScorePage(UnfoldModelAdminViewMixin, TemplateView):
    title = gettext_lazy("How we do")
    template_name = "admin/incidents/score.html"
    permission_required = ()
    request: HttpRequest

    def has_permission(self) -> bool:
        return bool(self.model_admin.has_view_permission(self.request))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        year = score.over_time(since=now - YEAR, until=now)
        quarter = score.over_time(since=now - QUARTER, until=now)
        return super().get_context_data(
            **kwargs,
            periods=[_("Last 90 days"), _("Last 365 days")],
            rows=score_rows.of_periods([quarter.total, year.total]),
            is_empty=not year.total.incidents,
            months=[_group(one, _month(one.name)) for one in year.months],
            plans=[_group(one, one.name or _("Without a plan")) for one in year.plans],
            speakers=[_us(year.total, now), *map(_company, field.COMPANIES), _together()],
            incidents_url=reverse_lazy("admin:incidents_incident_changelist"),
        )


def _month(name: str) -> str:
    year, month = name.split("-")
    return formats.date_format(date(int(year), int(month), 1), "F Y")


def _group(group: Group, name: str) -> GroupRow:
    figures = group.figures
    kept = figures.promises_kept
    return GroupRow(
        name=name,
        incidents=figures.incidents,
        first_notice=span(figures.first_notice),
        silence=span(figures.longest_silence),
        kept=share(kept),
        kept_note=of_all(kept) if kept.total else "",
        kept_percent=kept.percent,
    )


def _us(figures: Figures, now: datetime) -> Speaker:
    return Speaker(
        name=_("We, in the last 365 days"),
        page="",
        counted=_counted(figures.incidents, (now - YEAR).date(), now.date()),
        between=span(figures.between),
        over_an_hour=share(figures.over_an_hour),
        next_named=share(figures.next_named),
        first_notice=span(figures.first_notice_after_start),
        duration=span(figures.duration),
        is_us=True,
    )


def _company(company: Company, name: str = "") -> Speaker:
    return Speaker(
        name=name or company.name,
        page=company.page,
        counted=_counted(company.incidents, company.since, company.until),
        between=span(company.between),
        over_an_hour=percent(company.over_an_hour_percent),
        next_named=percent(company.next_named_percent),
        first_notice=span(company.first_notice_after_start),
        duration=span(company.duration),
    )


def _together() -> Speaker:
    return _company(field.TOGETHER, _("All six together"))


def _counted(number: int, since: date, until: date) -> str:
    parts = {
        "number": formats.number_format(number, force_grouping=True),
        "since": formats.date_format(since, "F Y"),
        "until": formats.date_format(until, "F Y"),
    }
    words = ngettext(
        "%(number)s incident, %(since)s to %(until)s",
        "%(number)s incidents, %(since)s to %(until)s",
        number,
    )
    return words % parts
