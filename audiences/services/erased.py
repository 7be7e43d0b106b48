"""What remains of an address whose owner was erased: a keyed hash, which only recognises it."""

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.utils.crypto import salted_hmac

from audiences.models import Channel, Suppression
from audiences.services import addresses
from audiences.services.spelling import as_stored

PREFIX = "erased:"
_SALT = "audiences.erased"
# SQLite takes a limited number of parameters.
_AT_ONCE = 500


def mark(*, channel: str, address: str) -> str:
    """What stands for the address in the suppression list from now on: HMAC-SHA-256."""
    return _mark(channel, as_stored(channel, address), next(_keys()))


def marks(*, channel: str, address: str) -> list[str]:
    """What may stand for it there, under every key that was ever in use."""
    stored = as_stored(channel, address)
    return [_mark(channel, stored, key) for key in _keys()]


def is_mark(address: str) -> bool:
    """Whether this is no address any more, but what erasing one has left."""
    return address.startswith(PREFIX)


def is_erased(*, channel: str, address: str) -> bool:
    """Whether its owner was erased and has not come back."""
    return bool(among(channel=channel, addresses=[address]))


def tells_who(*, channel: str, address: str) -> bool:
    """Whether an address, as it is stored, is one person's: a firm's number is many people's, only
    a telephone in a pocket is somebody's own."""
    return channel != Channel.SMS or addresses.may_take_texts(address)


def among(*, channel: str, addresses: Iterable[str]) -> set[str]:
    """Those of the addresses, as they were given, whose owner was erased and has not come back."""
    erased = Suppression.objects.active().filter(channel=channel, reason=Suppression.Reason.ERASURE)
    if not erased.exists():
        return set()
    given: dict[str, set[str]] = {}
    for one in addresses:
        for mark in marks(channel=channel, address=one):
            given.setdefault(mark, set()).add(one)
    hashes, found = list(given), set[str]()
    for start in range(0, len(hashes), _AT_ONCE):
        some = erased.filter(address__in=hashes[start : start + _AT_ONCE])
        found.update(*(given[one] for one in some.values_list("address", flat=True)))
    return found


def _mark(channel: str, address: str, key: str) -> str:
    sealed = salted_hmac(_SALT, f"{channel}:{address}", secret=key, algorithm="sha256")
    return PREFIX + sealed.hexdigest()


def _keys() -> Iterator[str]:
    """A key of its own first; what was hashed before it was set is still recognised."""
    if settings.ERASURE_KEY:
        yield settings.ERASURE_KEY
    yield settings.SECRET_KEY
    yield from settings.SECRET_KEY_FALLBACKS
