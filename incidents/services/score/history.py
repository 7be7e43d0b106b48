"""How we did over time: by month, and by version of the plan."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from audiences import zones
from incidents.models import Incident
from incidents.services.score.incident import Score, scores
from incidents.services.score.summary import Figures, figures


@dataclass(frozen=True)
class Group:
    """`name` is a month as YYYY-MM, or a plan with its version."""

    name: str
    figures: Figures


@dataclass(frozen=True)
class History:
    total: Figures
    months: Sequence[Group]
    plans: Sequence[Group]


def over_time(
    *, since: datetime, until: datetime, mode: Incident.Mode = Incident.Mode.REAL
) -> History:
    """Every incident opened from `since` to before `until`, as it stood at `until`.

    Drills and replays never count, unless one asks for them.
    """
    opened = Incident.objects.filter(mode=mode, opened_at__gte=since, opened_at__lt=until)
    found = scores(opened.order_by("opened_at", "pk"), now=until)
    return History(
        total=figures(found),
        months=_grouped(found, lambda score: f"{zones.local(score.opened_at):%Y-%m}"),
        plans=_grouped(found, lambda score: score.plan),
    )


def _grouped(found: Sequence[Score], key: Callable[[Score], str]) -> list[Group]:
    groups: dict[str, list[Score]] = defaultdict(list)
    for score in found:
        groups[key(score)].append(score)
    return [Group(name, figures(members)) for name, members in sorted(groups.items())]
