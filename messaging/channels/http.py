import requests


def never_left(error: BaseException) -> bool:
    """Whether a request certainly did not reach the provider, so that repeating it is safe."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    return isinstance(error, requests.ConnectionError) and "NewConnectionError" in str(error)
