"""Who asked to be erased stays out, whatever list they come in with."""

from collections.abc import Iterable


def erased_among(*, channel: str, addresses: Iterable[str]) -> set[str]:
    """Those of the addresses whose owners were erased on their request."""
    return set()
