"""Who may change many rows: whoever may change one of them by hand."""

from collections.abc import Mapping

from django.contrib.auth.models import User

_USE = (
    "audiences.change_account",
    "audiences.add_componentuse",
    "audiences.delete_componentuse",
)
# What each of bulk.CHANGES of accounts takes; the others are of contacts.
_OF_ACCOUNTS: Mapping[str, tuple[str, ...]] = {
    "set_tier": ("audiences.change_account",),
    "set_kind": ("audiences.change_account",),
    "set_manager": ("audiences.change_account",),
    "add_use": _USE,
    "end_use": _USE,
}


def may(*, what: str, by: User) -> bool:
    """Whether they may make one of bulk.CHANGES; whoever is not active any more may not."""
    return by.has_perms(_OF_ACCOUNTS.get(what, ("audiences.change_contact",)))
