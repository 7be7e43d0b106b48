"""What every page outside the admin has in common: headers, and the language it speaks."""

import base64
import hashlib
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from messaging.services import brand
from messaging.services.brand import Design

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def design(request: HttpRequest | None) -> Design:
    """How the company looks, noted at the request, so that the page's policy allows that style."""
    found = brand.design()
    if request is not None:
        vars(request)["style"] = found.style
    return found


def _policy(request: HttpRequest) -> str:
    return _policy_with(vars(request).get("style", ""))


# Our pages need no script and nothing from elsewhere, so nothing of the kind may run; see scripted.
@lru_cache(maxsize=8)
def _policy_with(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'self' 'sha256-{digest}'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def shared_page(seconds: int) -> Callable[[View[P]], View[P]]:
    """The same for everybody who reads the same language; caches may keep it for a moment."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            response = view(request, *args, **kwargs)
            response["Content-Security-Policy"] = _policy(request)
            patch_cache_control(response, public=True, max_age=seconds)
            # The language comes from the switch's cookie, else from the browser.
            patch_vary_headers(response, ["Cookie", "Accept-Language"])
            return response

        return wrapped

    return decorate


def personal_page(view: View[P]) -> View[P]:
    """Its address is a credential: not kept, not passed on, not indexed."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Content-Security-Policy"] = _policy(request)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapped


def scripted(view: View[P]) -> View[P]:
    """It works without, and is more comfortable with a script of our own."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Content-Security-Policy"] = f"{_policy(request)}; script-src 'self'"
        return response

    return wrapped


def form_page(view: View[P]) -> View[P]:
    """A form for everybody, with a token of its visitor's: not kept.

    It sends its referrer to ourselves: without one a browser calls its origin "null", and the
    check against forged posts fails.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Content-Security-Policy"] = _policy(request)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "same-origin"
        return response

    return wrapped


def speak(request: HttpRequest, language: str) -> None:
    """Go on in the language of the message, unless the reader's switch or browser prefers another.

    Only the browser's first choice counts: what it would merely put up with is no better than the
    language the message was written in.
    """
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    known = dict(settings.LANGUAGES)
    preferred = chosen if chosen in known else _first_choice(request)
    language = preferred if preferred in known else language
    translation.activate(language)
    request.LANGUAGE_CODE = translation.get_language()


def _first_choice(request: HttpRequest) -> str:
    header = request.headers.get("Accept-Language", "")
    accepted = parse_accept_lang_header(header.lower())
    return accepted[0][0].partition("-")[0] if accepted else ""
