"""Which accounts depend on a component."""

from collections.abc import Collection, Iterable, Mapping

from django.db import transaction
from django.db.models import QuerySet

from audiences.models import Account, ComponentUse
from audiences.services import topics


def components() -> dict[str, str]:
    """Those that there are, and those that an account is said to use, by slug with their names."""
    used = ComponentUse.objects.order_by("component").values_list("component", flat=True).distinct()
    offered = (one for them in topics.offered().values() for one in them)
    return {slug: slug for slug in used} | {
        one.topic.partition(":")[2]: one.name
        for one in offered
        if topics.kind(one.topic) == topics.COMPONENT
    }


def accounts(*, component: str) -> QuerySet[Account]:
    return Account.objects.filter(uses__component=component).order_by("name")


def missing(*, wanted: Mapping[int, Collection[str]]) -> dict[int, set[str]]:
    """What of these components, by the keys of accounts, they do not use yet."""
    known = ComponentUse.objects.filter(account__in=wanted).values_list("account", "component")
    used = set(known)
    new = {pk: {one for one in some if (pk, one) not in used} for pk, some in wanted.items()}
    return {pk: some for pk, some in new.items() if some}


def add(*, component: str, accounts: Iterable[int]) -> set[int]:
    """Let accounts, given by their keys, depend on a component besides; returns which did not.

    One that has been deleted meanwhile is left out.
    """
    wanted = set(Account.objects.filter(pk__in=list(accounts)).values_list("pk", flat=True))
    there = ComponentUse.objects.filter(component=component, account__in=wanted)
    new = wanted.difference(there.values_list("account", flat=True))
    store(new=dict.fromkeys(new, (component,)))
    return new


def store(*, new: Mapping[int, Collection[str]]) -> None:
    ComponentUse.objects.bulk_create(
        (
            ComponentUse(account_id=pk, component=one)
            for pk in sorted(new)
            for one in sorted(new[pk])
        ),
        ignore_conflicts=True,
    )


def end(*, component: str, accounts: Iterable[int]) -> set[int]:
    """Let accounts depend on a component no longer; returns which did."""
    there = ComponentUse.objects.filter(component=component, account__in=list(accounts))
    users = set(there.values_list("account", flat=True))
    there.delete()
    return users


@transaction.atomic
def set_accounts(*, component: str, accounts: Iterable[Account]) -> None:
    """Exactly these depend on the component from now on."""
    wanted = {account.pk for account in accounts}
    ComponentUse.objects.filter(component=component).exclude(account__in=wanted).delete()
    add(component=component, accounts=wanted)
