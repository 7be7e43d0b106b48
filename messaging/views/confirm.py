from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from messaging.models import Delivery
from messaging.public_pages import personal_page, speak
from messaging.services import links, moves, opt_ins
from messaging.visitors import network_address


# The link is the credential: there is no session here to be forged.
@csrf_exempt
@personal_page
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Looking asks once more, since scanners open every link; the button confirms."""
    delivery = links.letter(token)
    if delivery and moves.is_request(delivery):
        return _new_address(request, delivery, token)
    if delivery is None or not opt_ins.is_request(delivery):
        return render(request, "messaging/unknown_link.html", status=404)
    speak(request, delivery.language)
    now = timezone.now()
    if request.method == "POST":
        return _confirmed(request, delivery, token, now)
    if opt_ins.is_too_late(delivery, now):
        return render(request, "messaging/confirm_late.html", status=410)
    return _page(request, delivery, token)


def _confirmed(request: HttpRequest, delivery: Delivery, token: str, now: datetime) -> HttpResponse:
    try:
        opt_ins.confirm(
            delivery=delivery,
            how="Confirmation page",
            network_address=network_address(request),
            now=now,
        )
    except opt_ins.TooLate:
        return render(request, "messaging/confirm_late.html", status=410)
    return _page(request, delivery, token, is_done=True)


def _page(
    request: HttpRequest, delivery: Delivery, token: str, is_done: bool = False
) -> HttpResponse:
    context = {
        "delivery": delivery,
        "lists": opt_ins.confirmable(delivery),
        "is_done": is_done,
        "preferences": links.preferences_path(token),
    }
    return render(request, "messaging/confirm.html", context)


def _new_address(request: HttpRequest, delivery: Delivery, token: str) -> HttpResponse:
    speak(request, delivery.language)
    now, is_asked = timezone.now(), request.method == "POST"
    try:
        if is_asked:
            moves.confirm(delivery=delivery, network_address=network_address(request), now=now)
        else:
            moves.mover(delivery=delivery, now=now)
    except moves.TooLate:
        return render(request, "messaging/move_late.html", status=410)
    context = {
        "delivery": delivery,
        "is_done": is_asked,
        "preferences": links.preferences_path(token),
    }
    return render(request, "messaging/move.html", context)
