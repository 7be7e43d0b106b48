"""Who works at the example company, and what each of them may do."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q

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
