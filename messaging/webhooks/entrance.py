"""What every webhook has in common: it is posted, by no browser, and is not large."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

MAX_BYTES = 1_048_576


def webhook(*methods: str) -> Callable[[View[P]], View[P]]:
    """Let in what uses one of these methods and brings at most a megabyte; nobody is known yet."""

    def decorate(view: View[P]) -> View[P]:
        @csrf_exempt
        @require_http_methods(list(methods))
        @wraps(view)
        def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if _announced_bytes(request) > MAX_BYTES:
                return HttpResponse(status=413)
            return view(request, *args, **kwargs)

        return wrapped

    return decorate


def _announced_bytes(request: HttpRequest) -> int:
    """Without a usable length Django reads no body at all."""
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isascii() and length.isdigit() else 0
