"""The notification plans of the example company: those that come with the product, in force."""

from datetime import datetime

from incidents.example.staff import Team
from incidents.services import plan_library


def load(*, team: Team, now: datetime) -> None:
    """Create the plans, active, with the lead and the deputies in order."""
    duties = [user.get_username() for user in (team.lead, *team.deputies)]
    plan_library.load(by=team.lead, duties=duties, activates=True, now=now)
