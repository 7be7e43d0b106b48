"""Who of those who answer for something can be called; read once for many matters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.contrib.auth.models import User

from incidents.planning import ladder
from incidents.planning.ladder import Away, Team
from incidents.services import responders
from incidents.services.matters import Matter
from incidents.services.responders import Roster


@dataclass(frozen=True)
class Reach:
    """Everybody who answers for some matters, and how they can be called."""

    roster: Roster
    users: Mapping[int, User]

    @classmethod
    def read(cls, matters: Iterable[Matter]) -> Self:
        ids = {pk for matter in matters for pk in _order(matter)}
        return cls(Roster.read(), User.objects.select_related("responder__contact").in_bulk(ids))

    def team(self, matter: Matter) -> Team:
        return team(matter, self._unreachable(matter))

    def problems(self, matter: Matter, now: datetime) -> dict[User, str]:
        """Why each of them cannot be called at this moment; empty for those who can, in order."""
        away, clock = self.away(matter), matter.clock(now)
        found = ladder.problems(self.team(matter), away, now=clock)
        return {self.users[pk]: problem for pk, problem in found.items()}

    def away(self, matter: Matter) -> Away:
        return self.roster.absent if matter.is_slow else self.roster.away

    def _unreachable(self, matter: Matter) -> dict[int, str]:
        # Who is asked again and again has to find somebody who may.
        finds_others = matter.last if matter.owed.again else None
        return {
            pk: responders.unreachable(
                self.users[pk],
                roster=self.roster,
                incident=matter.incident,
                is_urgent=not matter.is_slow,
                publishes=matter.is_leads and pk != finds_others,
            )
            for pk in _order(matter)
        }


def team(matter: Matter, unreachable: Mapping[int, str]) -> Team:
    first = matter.responsible.pk if matter.responsible else None
    is_round = not matter.also
    return Team(first, matter.duties(), matter.last, unreachable, is_round=is_round)


def _order(matter: Matter) -> list[int]:
    return list(dict.fromkeys(team(matter, {}).everybody))
