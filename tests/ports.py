import random
import socket

# Below those that a system gives to connections: what starts later still finds them free.
_FIRST, _LAST = 15_000, 32_000


def free_port() -> int:
    """Nobody listens on it, until somebody takes it."""
    return free_ports(1)


def free_ports(count: int) -> int:
    """The first of `count` neighbouring free ports."""
    while True:
        first = random.randrange(_FIRST, _LAST - count)
        if all(is_free(first + offset) for offset in range(count)):
            return first


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
