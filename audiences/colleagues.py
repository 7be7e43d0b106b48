"""Our own people, as everybody calls them."""

from django.contrib.auth.models import AbstractUser


def called(user: AbstractUser) -> str:
    """“Mara Lindner”; where no name is known, the one they log in by."""
    return user.get_full_name() or user.get_username()


def named(user: AbstractUser) -> str:
    """“Mara Lindner (mara)”, where somebody chooses."""
    name = user.get_full_name()
    return f"{name} ({user.get_username()})" if name else user.get_username()
