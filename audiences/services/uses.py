"""Which accounts depend on a component."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from audiences.models import Account, ComponentUse


def accounts(*, component: str) -> QuerySet[Account]:
    return Account.objects.filter(uses__component=component).order_by("name")


@transaction.atomic
def set_accounts(*, component: str, accounts: Iterable[Account]) -> None:
    """Exactly these depend on the component from now on."""
    wanted = {account.pk for account in accounts}
    uses = ComponentUse.objects.filter(component=component)
    uses.exclude(account__in=wanted).delete()
    known = set(uses.values_list("account", flat=True))
    ComponentUse.objects.bulk_create(
        (ComponentUse(account_id=pk, component=component) for pk in sorted(wanted - known)),
        ignore_conflicts=True,
    )
