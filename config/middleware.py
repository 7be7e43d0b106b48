from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware

from messaging.masking import masked


class RequestLog(RequestMiddleware):
    """Gives each request an id, which every line of its log carries, and says how it ended."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        # Without the query, since people search for names; and links are keys.
        return masked(f"{request.method} {request.path}")
