"""What is known of an incident, as its readers see it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from incidents.admin.wording import in_all_languages
from incidents.models import Incident, Update
from incidents.models.facts import FACTS, INTERNAL_FACTS, Known, changed, facts_of, field_of


@dataclass(frozen=True)
class Told:
    name: Any
    texts: list[tuple[str, SafeString]]
    is_internal: bool


def of(incident: Incident) -> list[Told]:
    """Those that are known, in the order in which one tells them."""
    known = facts_of(incident)
    return those(known, [name for name in FACTS if known[name]])


def changed_by(update: Update) -> list[Told]:
    """Those that a proposal would change, as it stands now."""
    return those(update.facts, changed(update.incident, update.facts))


def those(known: Known, names: Collection[str]) -> list[Told]:
    return [
        Told(
            name=field_of(name).verbose_name,
            texts=in_all_languages(known[name]),
            is_internal=name in INTERNAL_FACTS,
        )
        for name in FACTS
        if name in names
    ]
