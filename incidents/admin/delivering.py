"""What saying that a commitment was delivered will set off: who is going to read what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from incidents.admin import forecast_rows
from incidents.admin.wording import in_all_languages
from incidents.models import Commitment, PlanStep, TimelineEntry, Update
from incidents.services import telling
from messaging.services.placeholders import BadTemplate


@dataclass(frozen=True)
class Delivery:
    """The words are the plan's statement; where the plan tells nobody, those of the page."""

    rows: Sequence[forecast_rows.Row]
    texts: Sequence[tuple[str, SafeString]]
    errors: Sequence[str] = ()

    @property
    def reach(self) -> list[tuple[str, int]]:
        return forecast_rows.total(self.rows)

    @property
    def price(self) -> str:
        return forecast_rows.price(self.rows)


def foresee(*, commitment: Commitment, outcome: Mapping[str, str], now: datetime) -> Delivery:
    """What delivering now would do; changes nothing."""
    incident = commitment.incident
    at = incident.story_time(now)
    told = Commitment(incident=incident, text=commitment.text, outcome=dict(outcome))
    rows, texts, errors = [], in_all_languages(outcome), []
    for step in _steps(commitment):
        update: Update | None = None
        try:
            if step.statement:
                update = telling.statement(step=step, incident=incident, at=at, commitment=told)
                texts = in_all_languages(update.public_text)
        except BadTemplate as error:
            errors.append(str(error))
        entry = TimelineEntry(
            incident=incident,
            step=step,
            due_at=at + step.offset,
            update=update,
            commitment=told,
        )
        rows.append(forecast_rows.row(entry, now=now))
    return Delivery(rows=rows, texts=texts, errors=errors)


def _steps(commitment: Commitment) -> list[PlanStep]:
    plan = commitment.incident.plan
    if plan is None:
        return []
    steps = plan.steps.filter(trigger=PlanStep.Trigger.DELIVERED).select_related("template")
    return list(steps.prefetch_related("segments").order_by("position", "pk"))
