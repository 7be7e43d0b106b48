from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware

from messaging.masking import masked


class RequestLog(RequestMiddleware):
    """Gives each request an id, which every line of its log carries, and says how it ended."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        # Without the query, since people search for names; and links are keys.
        return masked(f"{request.method} {request.path}")


def our_encoding(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Forms come in the encoding of their page, whatever a header claims: in others there are
    letters that nobody can store."""

    def answered(request: HttpRequest) -> HttpResponse:
        request.encoding = settings.DEFAULT_CHARSET
        return get_response(request)

    return answered
