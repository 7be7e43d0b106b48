"""Who a command acts for."""

from django.contrib.auth.models import User
from django.core.management.base import CommandError


def named(username: str | None) -> User:
    """Somebody by name; without one, the first administrator.

    :raises CommandError: there is nobody.
    """
    people = User.objects.filter(is_active=True)
    found = (
        people.filter(username=username).first()
        if username
        else people.filter(is_superuser=True).order_by("pk").first()
    )
    if found is None and username:
        raise CommandError(f"There is nobody called {username!r}.")
    if found is None:
        raise CommandError("There is no administrator yet: name somebody, or createsuperuser.")
    return found
