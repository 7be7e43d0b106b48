"""Exactly what confirming a correction will do, beside what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audiences import languages
from audiences.admin.moments import brief
from audiences.admin.pages import address
from audiences.models import AudienceKind
from incidents.admin import correction_rows, forecast_rows, readings
from incidents.admin.approvals import approvers
from incidents.admin.wording import as_read
from incidents.models import PlanStep, TimelineEntry, Update
from incidents.models.facts import field_of
from incidents.services import (
    correction_checks,
    correction_drafts,
    corrections,
    proposals,
    wrong_copies,
)
from incidents.services.correction_drafts import Correction
from messaging.models import Broadcast
from messaging.services.placeholders import CannotSay
from messaging.services.word_changes import Change, changes


@dataclass(frozen=True)
class Compared:
    """One text in one language, beside what was said."""

    label: Any
    language: str
    wrong: SafeString
    pieces: Sequence[Change]


@dataclass(frozen=True)
class Review:
    """Exactly what confirming will do."""

    compared: list[Compared]
    facts: list[tuple[Any, str, str]]
    rows: Sequence[forecast_rows.Row]
    findings: list[tuple[str, list[readings.Remark]]]
    asks: bool
    approvers: list[str]
    still_going: list[tuple[str, str]]
    phoned: list[str]
    quotes_wrong: bool

    @property
    def reach(self) -> list[tuple[str, int]]:
        return forecast_rows.total(self.rows)

    @property
    def price(self) -> str:
        return forecast_rows.price(self.rows)


def review_of(update: Update, correction: Correction, author: User, now: datetime) -> Review:
    """:raises CannotPublish: it cannot be said; the message says why."""
    at = update.incident.story_time(now)
    said = correction_drafts.written(update=update, correction=correction, by=author, at=at)
    statuses = correction.component_statuses
    correction_checks.check_new(said, correction)
    then = proposals.as_it_would_be(update=said, statuses=statuses)
    try:
        retold = wrong_copies.retold(correction=said, then=then)
    except CannotSay as error:
        raise corrections.unsayable(error) from error
    asks = corrections.asks(retold=retold, incident=then)
    wrong = [each.broadcast for one in retold for each in one.wrong]
    return Review(
        compared=_compared(update, said),
        facts=_facts(update, said, correction, at),
        rows=correction_rows.rows(retold=retold, correction=said, now=now),
        findings=readings.remarks(update=said, statuses=statuses, now=at),
        asks=asks,
        approvers=approvers(author) if asks else [],
        still_going=[
            (str(one), address(one)) for one in wrong if one.state == Broadcast.State.SENDING
        ]
        if asks
        else [],
        phoned=_phoned(update),
        quotes_wrong=said.quotes_wrong,
    )


def _compared(update: Update, said: Update) -> list[Compared]:
    incident, before = update.incident, update.as_corrected
    texts = [
        (_("What we tell customers"), before.public_text, said.public_text),
        (_("Technical detail"), before.technical_text, said.technical_text),
        *(
            (field_of(name).verbose_name, getattr(incident, name), texts)
            for name, texts in said.facts.items()
        ),
    ]
    return [
        Compared(
            label, code, as_read(old.get(code, "")), changes(old.get(code, ""), new.get(code, ""))
        )
        for label, old, new in texts
        for code in languages.codes()
        if old.get(code, "") != new.get(code, "")
    ]


def _facts(
    update: Update, said: Update, correction: Correction, at: datetime
) -> list[tuple[Any, str, str]]:
    """What else is put right: its name, before and after."""
    promised = correction_drafts.promisable(update=update, at=at)
    label = gettext("Next update")
    found: list[tuple[Any, str, str]] = [
        (
            f"{label}: {AudienceKind(kind).label}" if kind else label,
            brief(promised[kind], at),
            brief(meant, at),
        )
        for kind, meant in correction.promised.items()
        if meant != promised.get(kind)
    ]
    for change in proposals.changes(update=said, statuses=correction.component_statuses):
        before, after = change.get_old_status_display(), change.get_new_status_display()
        found.append((change.component.name, before, after))
    return found


def _phoned(update: Update) -> list[str]:
    """What a person has told by themselves since, and must put right so, too."""
    done = TimelineEntry.objects.filter(
        incident=update.incident_id,
        update__in=update.versions,
        step__who=PlanStep.Who.TASK,
        state__in=[TimelineEntry.State.DONE, TimelineEntry.State.LATE],
    )
    return [entry.step.name for entry in done.select_related("step")]
