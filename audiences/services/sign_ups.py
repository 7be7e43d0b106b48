"""What comes in through the public forms: kept for a worker, within limits, looking nobody up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.db.models import QuerySet

from audiences.models import Channel, SignUp
from audiences.services.spelling import as_stored

# Who asks for the same again sooner has been answered already.
ADDRESS_PAUSE = timedelta(minutes=10)
# In all, and of one kind from one network: a stranger leaves room for the address's owner.
ADDRESS_A_DAY, ADDRESS_FROM_NETWORK_A_DAY = 12, 4
NETWORK_WINDOW, PER_NETWORK = timedelta(hours=1), 10
# Texts cost money, and there are people who earn by making others send them.
TEXTS_WINDOW, TEXTS_PER_NETWORK = timedelta(hours=4), 5
TEXTS_A_DAY = 500
KEPT = timedelta(days=1)
# What makes two requests the same.
_SAID = (
    *("wish", "channel", "address", "contact_id", "segments"),
    *("language", "is_shared", "vouched_by"),
)


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """Somebody of the team, by a log-in or a mailbox that proves it, and for whom they answer."""

    # As evidence names them.
    name: str
    email: str = ""
    may_subscribe_others: bool = False

    def vouches_for(self, channel: str, address: str) -> bool:
        is_own = channel == Channel.EMAIL and address == as_stored(channel, self.email)
        return self.may_subscribe_others or is_own


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who fills in a form, as far as it can be known."""

    language: str
    network_address: str | None = None
    colleague: Colleague | None = None

    def voucher(self, channel: str, address: str) -> str:
        """Who answers for an address to be one of the team's; "" where nobody does."""
        colleague = self.colleague
        return colleague.name if colleague and colleague.vouches_for(channel, address) else ""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is wanted for one address, in the spelling we store."""

    wish: str
    channel: str
    address: str
    segments: Sequence[int] = ()
    is_shared: bool = False
    text_version: str = ""
    # Whose address it is to become, or who is to confirm; no other wish says so.
    contact_id: int | None = None


def is_crowded(*, choices: Sequence[Choice], visitor: Visitor, now: datetime) -> bool:
    """Whether so many have come from the visitor's network that these are too many.

    It may be told: it says nothing about an address.
    """
    network = network_of(visitor.network_address)
    of_network = SignUp.objects.filter(network=network)
    asked = of_network.filter(asked_at__gt=now - NETWORK_WINDOW).count()
    texts = of_network.filter(channel=Channel.SMS, asked_at__gt=now - TEXTS_WINDOW).count()
    wanted = sum(choice.channel == Channel.SMS for choice in choices)
    too_many_texts = bool(wanted) and texts + wanted > TEXTS_PER_NETWORK
    return asked + len(choices) > PER_NETWORK or too_many_texts


def note(*, choice: Choice, visitor: Visitor, now: datetime) -> bool:
    """Keep a wish for the worker; False, and nothing is kept, when it was asked for just
    before, or its address is over a limit.

    It asks the same of the database whoever the address belongs to.
    """
    sign_up = SignUp(
        wish=choice.wish,
        channel=choice.channel,
        address=choice.address,
        contact_id=choice.contact_id,
        language=visitor.language,
        segments=list(choice.segments),
        is_shared=choice.is_shared,
        vouched_by=visitor.voucher(choice.channel, choice.address),
        network_address=visitor.network_address,
        network=network_of(visitor.network_address),
        text_version=choice.text_version,
        asked_at=now,
    )
    if _is_over_a_limit(sign_up):
        return False
    sign_up.save()
    return True


def network_of(address: str | None) -> str:
    """What counts as one visitor: an IPv4 address, or the /64 that one IPv6 connection gets."""
    if not address:
        return ""
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return f"{found.ipv4_mapped}/32"
        return str(ip_network((found, 64), strict=False))
    return f"{found}/32"


def is_repeated(sign_up: SignUp) -> bool:
    """Whether the same was asked for just before: two that came at once are both kept."""
    return _the_same(sign_up).filter(pk__lt=sign_up.pk).exists()


def forget(*, now: datetime) -> int:
    """Remove what is answered and no longer counts; returns how many."""
    return SignUp.objects.filter(asked_at__lt=now - KEPT, answered_at__isnull=False).delete()[0]


def _the_same(sign_up: SignUp) -> QuerySet[SignUp]:
    """The requests just before that said nothing else."""
    said = {name: getattr(sign_up, name) for name in _SAID}
    return SignUp.objects.filter(**said, asked_at__gt=sign_up.asked_at - ADDRESS_PAUSE)


def _is_over_a_limit(sign_up: SignUp) -> bool:
    # Every question is put, and answered from an index, also where the first has decided.
    lately = SignUp.objects.filter(asked_at__gt=sign_up.asked_at - KEPT, channel=sign_up.channel)
    of_address = lately.filter(address=sign_up.address)
    from_there = of_address.filter(network=sign_up.network, wish=sign_up.wish)
    found = [
        _the_same(sign_up).count() >= 1,
        of_address.count() >= ADDRESS_A_DAY,
        from_there.count() >= ADDRESS_FROM_NETWORK_A_DAY,
    ]
    if sign_up.channel == Channel.SMS:
        found.append(lately.count() >= TEXTS_A_DAY)
    return any(found)
