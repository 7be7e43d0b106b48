"""Which service each example account depends on; contracts name lead times for these."""

from audiences.models import Account, ComponentUse
from incidents.example.services import COMPONENTS, EVERYBODY_NEEDS

_FURTHER = [slug for slug in COMPONENTS if slug not in EVERYBODY_NEEDS]


def load() -> None:
    """What nobody can work without, and one service more for each account in turn."""
    ComponentUse.objects.bulk_create(
        ComponentUse(account=account, component=slug)
        for number, account in enumerate(Account.objects.order_by("pk"))
        for slug in (*EVERYBODY_NEEDS, _FURTHER[number % len(_FURTHER)])
    )
