"""Who works at the example company, and what each of them may do."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q

from audiences.models import Contact
from incidents.example import names
from incidents.models import Absence, OnCallHours, Responder

LEAD, ACCOUNT_MANAGER = "mara", "tom"
DEPUTIES = ("jonas", "aylin")
_NAMES = {
    "mara": ("Mara", "Lindner"),
    "jonas": ("Jonas", "Petersen"),
    "aylin": ("Aylin", "Kaya"),
    "tom": ("Tom", "Ashworth"),
}
_APPS = ("audiences", "messaging", "feedback", "incidents")


@dataclass(frozen=True)
class Team:
    lead: User
    deputies: tuple[User, ...]
    account_manager: User


def is_there() -> bool:
    return User.objects.filter(username=LEAD).exists()


def load(*, password: str) -> Team:
    """Create the four log-ins; they share one password."""
    # Hashing is slow on purpose; once is enough for an example.
    hashed = make_password(password)
    people = {
        username: User.objects.create(
            username=username,
            first_name=first,
            last_name=last,
            email=f"{username}@sendelot.example",
            password=hashed,
            is_staff=True,
            is_superuser=username == LEAD,
        )
        for username, (first, last) in _NAMES.items()
    }
    communications, account_managers = _groups()
    deputies = tuple(people[name] for name in DEPUTIES)
    communications.user_set.add(people[LEAD], *deputies)
    account_managers.user_set.add(people[ACCOUNT_MANAGER])
    return Team(people[LEAD], deputies, people[ACCOUNT_MANAGER])


def be_on_call(*, now: datetime) -> None:
    """Let the team be called: one of them only by day, and one is away for a week."""
    for number, (username, (first, last)) in enumerate(_NAMES.items()):
        contact = Contact.objects.create(
            name=f"{first} {last}",
            email=f"{username}@sendelot.example",
            phone=names.STAFF[number],
            language="en" if username == ACCOUNT_MANAGER else "de",
            time_zone="Europe/Berlin",
        )
        user = User.objects.get(username=username)
        Responder.objects.create(user=user, contact=contact)
    by_day = Responder.objects.get(user__username=ACCOUNT_MANAGER)
    OnCallHours.objects.bulk_create(
        OnCallHours(responder=by_day, weekday=day, opens_at=time(7), closes_at=time(19))
        for day in range(5)
    )
    away = Responder.objects.get(user__username=DEPUTIES[-1])
    Absence.objects.create(
        responder=away,
        from_on=(now + timedelta(days=20)).date(),
        until_on=(now + timedelta(days=27)).date(),
        reason="Holiday",
    )


def _groups() -> tuple[Group, Group]:
    everything = Permission.objects.filter(content_type__app_label__in=_APPS)
    communications, _created = Group.objects.get_or_create(name="Communications")
    communications.permissions.set(everything)
    account_managers, _created = Group.objects.get_or_create(name="Account managers")
    account_managers.permissions.set(
        everything.filter(
            Q(codename__startswith="view_")
            | Q(codename__in=["change_followup", "change_timelineentry", "change_contact"])
        )
    )
    return communications, account_managers
