"""What can be changed of many accounts at once, see bulk.py."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from audiences.models import Account
from audiences.services import bulk_values, uses

Details = Mapping[str, Any]


def set_tier(ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    return bulk_values.put(Account, ids, by, tier=details["tier"])


def set_kind(ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    return bulk_values.put(Account, ids, by, kind=details["kind"])


def set_manager(ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    """Nobody, where none is named."""
    manager = User.objects.filter(pk=details["account_manager"]).first()
    return bulk_values.put(Account, ids, by, account_manager=manager)


def add_use(ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    changed = uses.add(component=details["component"], accounts=ids)
    bulk_values.note(Account, changed, by, _("Uses %(component)s from now on") % details)
    return len(changed)


def end_use(ids: Sequence[int], details: Details, by: User, now: datetime) -> int:
    changed = uses.end(component=details["component"], accounts=ids)
    bulk_values.note(Account, changed, by, _("Does not use %(component)s any more") % details)
    return len(changed)
