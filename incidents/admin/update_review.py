"""The last look before an update is published: exactly what that will do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from audiences import languages
from audiences.languages import spoken
from incidents.admin import forecast, forecast_rows, readings, told_facts, update_changes
from incidents.admin.approvals import approvers
from incidents.admin.facts_form import component_field
from incidents.admin.promises import spoken_promises
from incidents.admin.update_form import UpdateForm
from incidents.admin.wording import in_all_languages
from incidents.models import Component, Incident, Status
from incidents.models.status import FINAL
from incidents.services import facts, promises, proposals, updates


@dataclass(frozen=True)
class Review:
    """Exactly what publishing will do."""

    status: Status
    texts: list[tuple[str, SafeString]]
    technical: list[tuple[str, SafeString]]
    promises: list[tuple[str, str]]
    slower: str
    audience: str
    asks: bool
    approvers: list[str]
    changes: list[tuple[str, str, str]]
    facts: list[told_facts.Told]
    joining: list[str]
    also_ends: list[str]
    now: list[forecast_rows.Row]
    later: list[forecast_rows.Row]
    findings: list[tuple[str, list[readings.Remark]]]
    against: update_changes.Against
    warnings: list[Any]

    @property
    def reach(self) -> list[tuple[str, int]]:
        return forecast_rows.total(self.now)

    @property
    def price(self) -> str:
        return forecast_rows.price(self.now)


def of(form: UpdateForm, *, by: User, now: datetime) -> Review:
    draft, incident = form.draft(), form.incident
    written = updates.written(incident=incident, draft=draft, by=by, at=form.story_time)
    due_at = written.next_update_due_at
    slower = promises.slowed(update=written, kinds=frozenset(), due_at=due_at)
    asks = proposals.needs_approval(update=written, statuses=draft.component_statuses)
    rows = forecast.update(incident=incident, draft=draft, now=now)
    at_once = [row for row in rows if forecast_rows.is_at_once(row)]
    return Review(
        status=Status(draft.status),
        texts=in_all_languages(draft.public_text),
        technical=in_all_languages(draft.technical_text),
        promises=spoken_promises(written),
        slower=facts.every(slower) if slower else "",
        audience=draft.audience,
        asks=asks,
        approvers=approvers(by) if asks else [],
        changes=_changes(form),
        facts=told_facts.those(draft.facts, form.changed_facts()),
        joining=[spoken(one.title) for one in Incident.objects.filter(pk__in=draft.merges)],
        also_ends=[spoken(one.title) for one in incident.merged.order_by("pk")]
        if draft.status in FINAL
        else [],
        now=at_once,
        later=[row for row in rows if row not in at_once],
        findings=readings.remarks(
            update=written, statuses=draft.component_statuses, now=form.story_time
        ),
        against=update_changes.against_the_last(update=written, statuses=draft.component_statuses),
        warnings=_warnings(form),
    )


def _changes(form: UpdateForm) -> list[tuple[str, str, str]]:
    changes = []
    for row in form.affected:
        new = Component.Status(form.cleaned_data[component_field(row)])
        if new != row.status:
            changes.append((row.component.name, row.get_status_display(), str(new.label)))
    return changes


def _warnings(form: UpdateForm) -> list[Any]:
    cleaned = form.cleaned_data
    warnings: list[Any] = [*form.concerns()]
    lacking = [code for code in languages.codes() if not cleaned["public_text"].get(code)]
    if lacking:
        warnings.append(
            _("There is no text in: %(codes)s. Those readers get the other language.")
            % {"codes": ", ".join(lacking)}
        )
    still = [
        row.component.name
        for row in form.affected
        if cleaned[component_field(row)] != Component.Status.OPERATIONAL
    ]
    if cleaned["status"] in FINAL and still:
        warnings.append(
            _("It is said to be over, but these services do not work normally yet: %(names)s.")
            % {"names": ", ".join(still)}
        )
    if form.incident.is_over and cleaned["status"] not in FINAL and form.affected and not still:
        warnings.append(
            _("It goes on again, but by the status page these services work normally: %(names)s.")
            % {"names": ", ".join(row.component.name for row in form.affected)}
        )
    return warnings
