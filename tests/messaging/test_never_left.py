"""When a request may be repeated because nobody can have read it."""

import ssl

import pytest
import requests
from anymail.exceptions import AnymailRequestsAPIError
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from messaging.channels.http import never_left


def wrapped(reason: Exception, kind: type[requests.RequestException] = requests.ConnectionError):
    """As requests hands on what urllib3 gave up for."""
    return kind(MaxRetryError(None, "/", reason=reason))


@pytest.mark.parametrize(
    "error",
    [
        wrapped(NewConnectionError(None, "refused")),
        wrapped(NameResolutionError("api.example", None, OSError("unknown"))),
        wrapped(NewConnectionError(None, "refused"), requests.exceptions.ProxyError),
        wrapped(ConnectTimeoutError(None, "slow"), requests.ConnectTimeout),
        wrapped(SSLError(ssl.SSLCertVerificationError("expired")), requests.exceptions.SSLError),
    ],
    ids=lambda error: repr(error.args[0].reason),
)
def test_without_a_line_nothing_was_said(error):
    caused = AnymailRequestsAPIError("Error posting to somewhere")
    caused.__cause__ = error

    assert never_left(error)
    assert never_left(caused)


@pytest.mark.parametrize(
    "error",
    [
        requests.ReadTimeout(ReadTimeoutError(None, "/", "silence")),
        requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104))),
        requests.exceptions.ChunkedEncodingError("cut"),
        requests.exceptions.SSLError(ssl.SSLError("bad record mac")),
    ],
    ids=repr,
)
def test_on_a_line_that_went_dead_something_may_have_been(error):
    assert not never_left(error)
