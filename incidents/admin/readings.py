"""What the check says about a draft, as the page before publishing shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from incidents.models import Update
from incidents.services import checking
from messaging import check


@dataclass(frozen=True)
class Remark:
    """A finding; `is_binding` if the text does not go out with it."""

    message: str
    quote: str
    is_advice: bool
    is_binding: bool


def remarks(
    *, update: Update, statuses: Mapping[int, str], now: datetime
) -> list[tuple[str, list[Remark]]]:
    """By the name of the language, what must be mended first; the same of the same words once."""
    bound = checking.bound_by(update)
    found = checking.read(update=update, statuses=statuses, now=now)
    names = dict(settings.LANGUAGES)
    return [
        (str(names[code]), list(dict.fromkeys(_remark(one, one.rule in bound) for one in findings)))
        for code, findings in found.items()
    ]


def _remark(finding: check.Finding, is_binding: bool) -> Remark:
    quote = " ".join(finding.quote.split())
    return Remark(
        message=finding.message,
        quote=quote if len(quote) <= 80 else f"{quote[:79]}…",
        is_advice=finding.level == check.Level.SHOULD,
        is_binding=is_binding,
    )
