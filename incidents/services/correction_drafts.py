"""A correction before it is said: what is right, and when its readers are told to hear again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User

from incidents.models import Incident, Update
from incidents.models.facts import Known, changed


@dataclass(frozen=True)
class Correction:
    """What is right, in place of what was said.

    `promised` are the times that were meant, by the audience they were promised to; see
    promisable(). `component_statuses` and `facts` (models/facts.py) can be corrected of the latest
    update; what is not named stays.
    `withdraws` is one of Update.Withdrawal: the texts then say that, in place of what was said.
    `after` is the id of the version that its author has seen; None is not checked.
    """

    public_text: Mapping[str, str]
    technical_text: Mapping[str, str] = field(default_factory=dict)
    promised: Mapping[str, datetime] = field(default_factory=dict)
    component_statuses: Mapping[int, str] = field(default_factory=dict)
    facts: Known = field(default_factory=dict)
    withdraws: str = ""
    quotes_wrong: bool = True
    after: int | None = None


def written(*, update: Update, correction: Correction, by: User | None, at: datetime) -> Update:
    """What correcting an update at a moment of the story would store, not stored."""
    incident, owed = update.incident, _owed(update.incident, at)
    said = Update(
        incident=incident,
        corrects=update,
        status=incident.status,
        audience=update.audience,
        public_text=dict(correction.public_text),
        technical_text=dict(correction.technical_text),
        withdraws=correction.withdraws,
        quotes_wrong=correction.quotes_wrong and not correction.withdraws,
        published_at=at,
        published_by=by,
        proposal={
            "after": update.as_corrected.pk,
            "meant": {
                kind: due_at.isoformat()
                for kind, due_at in correction.promised.items()
                if owed.get(kind) != due_at
            },
            "facts": changed(incident, correction.facts),
        },
    )
    _state_promises(said, at)
    return said


def restate(*, correction: Update, at: datetime) -> None:
    """Let a stored proposal say when its readers hear again as that is promised by now."""
    _state_promises(correction, at)
    correction.save(update_fields=["status", "next_update_due_at", "proposal"])


def _state_promises(said: Update, at: datetime) -> None:
    stated = _owed(said.incident, at) | meant(said)
    said.status = said.incident.status
    said.next_update_due_at = stated.get(said.audience, stated.get(""))
    said.proposal["promised"] = {kind: due.isoformat() for kind, due in stated.items() if kind}


def promisable(*, update: Update, at: datetime) -> dict[str, datetime]:
    """The times an update has promised that can still be put right, by audience."""
    versions = update.versions
    owed = update.incident.promises.filter(settled_at=None, update__in=versions, due_at__gt=at)
    return dict(owed.values_list("audience", "due_at"))


def is_latest(update: Update) -> bool:
    """Whether nothing was said after it, and so what it left is as it is."""
    latest = update.incident.updates.published().values_list("pk", flat=True).last()
    return latest == update.pk and not update.incident.merged_into_id


def _owed(incident: Incident, at: datetime) -> dict[str, datetime]:
    """When each audience hears again, as far as it is promised and has not passed."""
    if incident.is_over:
        return {}
    owed = incident.promises.filter(settled_at=None, due_at__gt=at)
    return dict(owed.values_list("audience", "due_at"))


def meant(said: Update) -> dict[str, datetime]:
    """What it promises otherwise than was said, by audience."""
    return {kind: datetime.fromisoformat(at) for kind, at in said.proposal["meant"].items()}
