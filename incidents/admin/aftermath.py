"""What is owed after an incident, as its room shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from audiences.admin.moments import brief
from audiences.admin.pages import address
from audiences.languages import spoken
from incidents.admin import labels
from incidents.admin.promises import Standing
from incidents.admin.wording import in_all_languages
from incidents.models import Commitment, Incident, Postmortem
from incidents.models.plans import Kind


@dataclass(frozen=True)
class Owed:
    """One commitment."""

    commitment: Commitment
    today: date

    @property
    def text(self) -> str:
        return spoken(self.commitment.text)

    @property
    def url(self) -> str:
        return address(self.commitment)

    @property
    def due(self) -> str:
        return formats.date_format(self.commitment.due_on, "DATE_FORMAT")

    @property
    def is_overdue(self) -> bool:
        return self.commitment.is_overdue(self.today)


@dataclass(frozen=True)
class Aftermath:
    incident: Incident
    postmortem: Postmortem | None
    commitments: list[Owed]
    clock: datetime

    @property
    def variant(self) -> Any:
        return labels.POSTMORTEM.get(self.postmortem.state, "") if self.postmortem else ""

    @property
    def url(self) -> str:
        return address(self.postmortem) if self.postmortem else ""

    @property
    def due(self) -> SafeString | str:
        return countdown(self.postmortem, self.clock) if self.postmortem else ""

    @property
    def may_explain(self) -> bool:
        """Whether a post-mortem that nobody promised can be written now."""
        is_over = self.incident.is_over and self.incident.kind == Kind.INCIDENT
        is_told_elsewhere = self.incident.merged_into_id is not None
        return is_over and self.postmortem is None and not is_told_elsewhere


def aftermath_of(incident: Incident, clock: datetime) -> Aftermath:
    today = timezone.localdate(clock)
    made = incident.commitments.select_related("owner").order_by("due_on", "pk")
    return Aftermath(
        incident=incident,
        postmortem=Postmortem.objects.filter(incident=incident)
        .select_related("author", "reviewer")
        .first(),
        commitments=[Owed(commitment, today) for commitment in made],
        clock=clock,
    )


def countdown(postmortem: Postmortem, clock: datetime) -> SafeString:
    """How long there is left; once it is published, whether that was in time."""
    if postmortem.published_at is None:
        standing = Standing(due_at=postmortem.due_at, story_time=clock)
        words, variant = standing.countdown, "danger" if standing.is_broken else "success"
    else:
        words = _("published late") if postmortem.was_late else _("published in time")
        variant = "warning" if postmortem.was_late else "success"
    return format_html(
        '<span class="kt-promise kt-{}">{}</span> <span class="kt-note">{}</span>',
        variant,
        words,
        brief(postmortem.due_at, clock),
    )


def preview(postmortem: Postmortem) -> SafeString:
    """Notice and text in every language, as customers read them."""
    parts = [(_("The notice says"), said(postmortem.summary))]
    parts += [(_("The incident page says"), said(postmortem.body))]
    return format_html_join("", '<p class="kt-subheading">{}</p>{}', parts)


def said(texts: Mapping[str, str]) -> SafeString:
    """A text in every language it has, as customers read it."""
    words = '<div class="kt-said" lang="{}"><span class="kt-code">{}</span>{}</div>'
    rows = [(code, code, html) for code, html in in_all_languages(texts)]
    return format_html_join("", words, rows) if rows else SafeString("–")


def room_link(incident: Incident) -> SafeString:
    room = reverse("admin:incidents_incident_room", args=[incident.pk])
    return format_html('<a class="kt-link" href="{}">{}</a>', room, spoken(incident.title))
