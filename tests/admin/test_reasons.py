"""Every code that the engine itself writes into a delivery has its words."""

import ast
from collections.abc import Iterator

import pytest
from anymail.message import ANYMAIL_STATUSES, AnymailRecipientStatus
from anymail.signals import RejectReason

from messaging import channels
from messaging.admin import reasons
from messaging.channels import Accepted, esp_errors
from messaging.channels.providers import PROVIDERS
from tests.architecture import tree

KINDS = {
    name
    for name in vars(channels)
    if name.endswith(("Failure", "Address", "OptedOut", "Fault", "Outcome"))
}


def _written() -> set[str]:
    return {
        code
        for path, text in tree.sources()
        if path.parts[:2] in {("messaging", "channels"), ("messaging", "services")}
        for node in ast.walk(ast.parse(text))
        for code in _codes(node)
    }


def _codes(node: ast.AST) -> Iterator[str]:
    """`TemporaryFailure("code", ...)`, `error_code="code"`, `(State.SKIPPED, "code")`."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(code)), *_]):
            yield from {code} if name in KINDS else ()
        case ast.keyword(arg="error_code", value=ast.Constant(value=str(code))):
            yield from {code} - {""}
        case ast.keyword(arg="then", value=ast.Call(args=[ast.Constant(value=str(code))])):
            # A forecast counts people by words of its own.
            yield from {code} & set(reasons.OURS)
        case ast.Tuple(elts=[ast.Attribute(value=ast.Name(id="State")), ast.Constant(value=code)]):
            yield code


def _anymails() -> set[str]:
    """Those that Anymail gives in place of every provider's own, at the call and afterwards."""
    outcomes = [
        esp_errors.of_status(AnymailRecipientStatus("", word), PROVIDERS["SendGrid"])
        for word in ANYMAIL_STATUSES
    ]
    afterwards = {word for name, word in vars(RejectReason).items() if name.isupper()}
    return afterwards | {one.code for one in outcomes if not isinstance(one, Accepted)}


def test_our_own_codes_have_words_and_no_words_are_left_over():
    assert set(reasons.OURS) == _written() | _anymails()


@pytest.mark.parametrize("code", reasons.WORDS)
def test_a_code_says_what_happened(code: str):
    what, _fix = reasons.words("failed", code)

    assert what
