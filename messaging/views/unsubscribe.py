from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from messaging.models import Delivery
from messaging.public_pages import personal_page, speak
from messaging.services import links, opt_ins, stopping, unsubscribes
from messaging.services.unsubscribes import Way
from messaging.visitors import network_address

_ONE_CLICK = ("List-Unsubscribe", "One-Click")


# The link is the credential. Mail providers post without a cookie (RFC 8058), and a reader whose
# browser keeps no cookies must be able to leave too: there is no session here to be forged.
@csrf_exempt
@personal_page
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    delivery = links.letter(token)
    if delivery:
        speak(request, delivery.language)
    if request.method == "POST":
        return _decided(request, delivery, now=timezone.now())
    if delivery is None:
        return render(request, "messaging/unknown_link.html", status=404)
    return _page(request, delivery)


def _decided(request: HttpRequest, delivery: Delivery | None, now: datetime) -> HttpResponse:
    if delivery is None:
        return render(request, "messaging/unknown_link.html")
    choice, seen = request.POST.get("choice", ""), network_address(request)
    if request.POST.get(_ONE_CLICK[0]) == _ONE_CLICK[1]:
        unsubscribes.leave(delivery=delivery, way=Way("One-click (RFC 8058)", seen), now=now)
        choice = "these"
    elif verb := _VERBS.get(choice):
        verb(delivery=delivery, way=Way(f"Unsubscribe page ({choice})", seen), now=now)
    return _page(request, delivery, done=choice)


_VERBS = {
    "these": unsubscribes.leave,
    "everything": unsubscribes.leave_everything,
    "again": unsubscribes.rejoin,
    "everything-again": unsubscribes.rejoin_everything,
}
_BACK = ("again", "everything-again")


def _page(request: HttpRequest, delivery: Delivery, done: str = "") -> HttpResponse:
    standing = unsubscribes.standing(delivery=delivery)
    if done in _BACK and not standing.may_return:
        done = ""
    # Nothing has begun that could have stopped.
    is_unconfirmed = opt_ins.is_request(delivery) and not (standing.heard or standing.left)
    context = {
        "delivery": delivery,
        "standing": standing,
        "is_unconfirmed": is_unconfirmed,
        "is_feedback": unsubscribes.is_feedback(delivery),
        "done": done,
        "texts": stopping.of_texts(delivery),
    }
    return render(request, "messaging/unsubscribe.html", context)
