"""What load balancers, alarms and Prometheus ask."""

from ipaddress import ip_address

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from messaging.services import metrics, vitals
from messaging.services.vitals import DATABASE_AWAY, Finding

_AWAY = (OperationalError, InterfaceError)


# Whoever posts is told that it cannot be done, not that a cookie is missing.
@csrf_exempt
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return _answer([])


@csrf_exempt
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """This process can work: the database is there, with every table it knows."""
    try:
        return _answer(vitals.obstacles())
    except _AWAY:
        return _answer([DATABASE_AWAY])


@csrf_exempt
@never_cache
@require_safe
def sending(request: HttpRequest) -> HttpResponse:
    """Messages are moving."""
    try:
        return _answer(vitals.findings())
    except _AWAY:
        return _answer([DATABASE_AWAY])


@csrf_exempt
@never_cache
@require_safe
def scrape(request: HttpRequest) -> HttpResponse:
    """Metrics in Prometheus' text format, for whoever has the token."""
    if not settings.METRICS_TOKEN and not _is_at_home(request):
        raise Http404
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if settings.METRICS_TOKEN and not constant_time_compare(given, wanted):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    try:
        return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)
    except _AWAY:
        return HttpResponse(status=503)


def _answer(findings: list[Finding]) -> HttpResponse:
    body = {
        "status": "unwell" if findings else "well",
        "findings": [{"what": one.what, "words": one.words} for one in findings],
    }
    return JsonResponse(body, status=503 if findings else 200)


def _is_at_home(request: HttpRequest) -> bool:
    try:
        from_here = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    return from_here and (settings.EMBEDDED or settings.DEBUG)
