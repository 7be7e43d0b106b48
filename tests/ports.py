import socket


def free_port() -> int:
    """Nobody listens on it, until somebody takes it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(count: int) -> int:
    """The first of `count` neighbouring free ports."""
    while True:
        first = free_port()
        if all(is_free(first + offset) for offset in range(count)):
            return first


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return port < 65_000 and probe.connect_ex(("127.0.0.1", port)) != 0
