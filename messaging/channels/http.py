import ssl
from collections.abc import Iterator

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

# There was no connection yet, or it was not trusted: in either case nothing was said on it.
_TOO_EARLY = (
    requests.ConnectTimeout,
    ConnectTimeoutError,
    NewConnectionError,
    ssl.SSLCertVerificationError,
)


def never_left(error: BaseException) -> bool:
    """Whether a request certainly did not reach the provider, so that repeating it is safe."""
    return any(isinstance(step, _TOO_EARLY) for step in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it was raised from; urllib3 and requests hand theirs on as arguments."""
    todo, seen = [error], set()
    while todo:
        step = todo.pop()
        if id(step) in seen:
            continue
        seen.add(id(step))
        yield step
        wrapped = (*step.args, step.__cause__, getattr(step, "reason", None))
        todo += [each for each in wrapped if isinstance(each, BaseException)]
