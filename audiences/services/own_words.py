"""What people have agreed to by themselves, and at which address: no file's and no colleague's to
undo."""

from collections.abc import Mapping
from datetime import datetime

from audiences.models import ConsentEvent, Subscription
from audiences.services import consents

_OWN = (Subscription.Source.SELF, Subscription.Source.LINK)


def latest(*, channel: str, addresses: Mapping[int, str]) -> dict[int, datetime]:
    """When contacts, given by their numbers with an address each, have last agreed to anything at
    it by themselves; without those who never have."""
    given = ConsentEvent.objects.filter(
        contact__in=addresses, channel=channel, kind=ConsentEvent.Kind.GIVEN, source__in=_OWN
    )
    return {
        number: at
        for number, address, at in given.order_by("at").values_list("contact", "address", "at")
        if address and address == consents.hint(addresses[number])
    }
