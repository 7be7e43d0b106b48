"""An invented company to show everything on: Sendelot, shipping software from Leipzig."""

from datetime import datetime

from django.db import transaction

from incidents.example import consents, past, people, plans, services, staff, support, uses

ORGANISATION = "Sendelot"


@transaction.atomic
def load(*, password: str, now: datetime) -> None:
    """Create the company with its staff, services, customers, plans and past.

    A second call does nothing. Everyone in it is invented: addresses and numbers are of the ranges
    reserved for that.
    """
    if staff.is_there():
        return
    team = staff.load(password=password)
    segments = services.load()
    everybody = people.load(account_manager=team.account_manager, now=now)
    uses.load()
    consents.load(people=everybody, segments=segments, now=now)
    support.load(segments=segments)
    plans.load(team=team, now=now)
    past.load(team=team, people=everybody, now=now)
    staff.be_on_call(now=now)
