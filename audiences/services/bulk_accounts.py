"""What can be changed of many accounts at once, see bulk.py."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from audiences.models import Account
from audiences.services import bulk_values, uses

Details = Mapping[str, Any]


class Gone(LookupError):
    """What was chosen on the page is not there any more; nothing was changed, and the message says
    so."""


def set_tier(ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    return bulk_values.put(Account, ids, by, tier=details["tier"])


def set_kind(ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    return bulk_values.put(Account, ids, by, kind=details["kind"])


def set_manager(ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    """Nobody, where none is named.

    :raises Gone: whoever is named has been deleted, or may not log in any more.
    """
    chosen = details["account_manager"]
    manager = User.objects.filter(pk=chosen, is_active=True).first() if chosen else None
    if chosen and not manager:
        raise Gone(_("This account manager has left meanwhile, and gets no accounts. Choose anew."))
    return bulk_values.put(Account, ids, by, account_manager=manager)


def add_use(ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    """:raises Gone: the component has been deleted; the next one of its name would have them."""
    if details["component"] not in uses.components():
        raise Gone(_("This component was deleted meanwhile, and no account uses it. Choose anew."))
    changed = uses.add(component=details["component"], accounts=ids)
    bulk_values.note(Account, changed, by, _("Uses %(component)s from now on") % details)
    return len(changed)


def end_use(ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    changed = uses.end(component=details["component"], accounts=ids)
    bulk_values.note(Account, changed, by, _("Does not use %(component)s any more") % details)
    return len(changed)
