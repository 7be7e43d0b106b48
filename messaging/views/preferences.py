"""The page where a person decides what comes to them, opened by the link in every message."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from audiences import wordings
from audiences.models import Channel, Purpose, address_field
from audiences.services import offers
from audiences.services import preferences as chosen
from audiences.services.preferences import InvalidPreferences
from audiences.services.sign_ups import Visitor
from audiences.services.wanted import Outdated, Preferences
from messaging.forms import MoveForm, PreferencesForm, as_posted, places
from messaging.models import Delivery
from messaging.public_pages import personal_page, speak
from messaging.services import links, moves, settings_pages, sign_ups, stopping, unsubscribes
from messaging.services.unsubscribes import Way
from messaging.views.subscribe import crowded
from messaging.visitors import network_address

_VERBS = {
    "everything": unsubscribes.leave_everything,
    "everything-again": unsubscribes.rejoin_everything,
}


# Under this prefix a page sends along what it showed.
_SHOWN = "shown"


# The link is the credential: there is no session here to be forged.
@csrf_exempt
@personal_page
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    delivery = links.letter(token)
    if delivery is None or delivery.contact is None:
        return render(request, "messaging/unknown_link.html", status=404)
    speak(request, delivery.language)
    if not links.is_current(delivery):
        return _old_address(request, delivery)
    if request.method != "POST":
        return _page(request, delivery)
    choice = request.POST.get("choice", "")
    if choice == "move":
        return _moved(request, delivery)
    if verb := _VERBS.get(choice):
        way = Way(f"Preferences page ({choice})", network_address(request))
        verb(delivery=delivery, way=way, now=timezone.now())
        return _page(request, delivery, done=choice)
    return _saved(request, delivery)


def _old_address(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    """Shows nothing of who has another address now, and takes nothing but a no."""
    is_done = request.POST.get("choice") == "everything"
    if is_done:
        way = Way("Preferences page, earlier address", network_address(request))
        unsubscribes.leave_everything(delivery=delivery, way=way, now=timezone.now())
    context = {"delivery": delivery, "is_done": is_done, "texts": stopping.of_texts(delivery)}
    return render(request, "messaging/old_address.html", context)


def _saved(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    assert delivery.contact, "looked at before"
    form = PreferencesForm(request.POST, contact=delivery.contact)
    shown = PreferencesForm(request.POST, prefix=_SHOWN, contact=delivery.contact)
    before = settings_pages.shown(delivery)
    if not shown.is_valid():
        return _page(request, delivery, done="outdated")
    if not form.is_valid():
        return _page(request, delivery, form=form)
    try:
        asked = settings_pages.store(
            delivery=delivery,
            shown=shown.preferences(),
            wanted=form.preferences(),
            way=Way("Preferences page", network_address(request)),
            now=timezone.now(),
        )
    except Outdated:
        return _page(request, delivery, done="outdated")
    except InvalidPreferences as error:
        form.show(error.messages)
        return _page(request, delivery, form=form)
    delivery.contact.refresh_from_db()
    return _page(request, delivery, done="saved", before=before, asked=asked)


def _moved(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    """The page says the same whoever the new address belongs to; the letter there says more."""
    assert delivery.contact, "looked at before"
    form = _move_form(delivery, request.POST)
    if not form.is_valid():
        return _page(request, delivery, move=form)
    visitor = Visitor(language=delivery.contact.spoken, network_address=network_address(request))
    try:
        moves.request(
            contact=delivery.contact, wanted=form.addresses(), visitor=visitor, now=timezone.now()
        )
    except sign_ups.Crowded:
        form.add_error(None, crowded())
        return _page(request, delivery, move=form)
    return _page(request, delivery, done="move")


def _page(
    request: HttpRequest,
    delivery: Delivery,
    *,
    form: PreferencesForm | None = None,
    move: MoveForm | None = None,
    done: str = "",
    before: Preferences | None = None,
    asked: list[str] | None = None,
) -> HttpResponse:
    contact = delivery.contact
    assert contact, "looked at before"
    stored, opened = settings_pages.shown(delivery), links.opened(delivery)
    is_insider = settings_pages.is_insider(delivery)
    lists = chosen.choices(contact=contact, is_insider=is_insider, channels=opened)
    ticked = set(places(request.POST.getlist("place"))) if form else stored.places
    able = [name for name in chosen.channels(contact) if name in opened]
    rows = [(one, _boxes(one.pk, able, ticked)) for one in lists]
    by_list = dict(rows)
    context: dict[str, Any] = {
        "delivery": delivery,
        "contact": contact,
        "texts": stopping.of_texts(delivery),
        "move": move or _move_form(delivery),
        "form": form or PreferencesForm(initial=as_posted(stored), contact=contact),
        "groups": {
            name: [(one, by_list[one]) for one in members]
            for name, members in offers.grouped(lists).items()
        },
        "hears_something": bool(stored.places),
        "feedback_wording": wordings.text(
            wordings.current(Purpose.FEEDBACK), request.LANGUAGE_CODE
        ),
        "done": done,
        "asked": [Channel(name).label for name in asked or ()],
        "undo": _fields(before) if before and before != stored else [],
        "shown": _shown_before(request) if form else _fields(stored, f"{_SHOWN}-"),
    }
    status = 409 if done == "outdated" else 422 if form or move else 200
    return render(request, "messaging/preferences.html", context, status=status)


def _move_form(delivery: Delivery, data: QueryDict | None = None) -> MoveForm:
    assert delivery.contact, "looked at before"
    fields = [address_field(channel) for channel in links.opened(delivery)]
    return MoveForm(data, contact=delivery.contact, among=fields)


def _boxes(pk: int, channels: list[str], ticked: Any) -> list[dict[str, Any]]:
    return [
        {
            "value": f"{pk}:{name}",
            "label": Channel(name).label,
            "is_ticked": (pk, name) in ticked,
        }
        for name in channels
    ]


def _fields(preferences: Preferences, prefix: str = "") -> list[tuple[str, str]]:
    """The same as fields to be posted, for an undo for example; an empty box is left out."""
    fields = [
        (name, "on" if value is True else str(value))
        for name, value in as_posted(preferences).items()
        if value is not False
    ]
    fields += [("place", f"{pk}:{channel}") for pk, channel in sorted(preferences.places)]
    return [(f"{prefix}{name}", value) for name, value in fields]


def _shown_before(request: HttpRequest) -> list[tuple[str, str]]:
    """Beside an error, a page still is of the time when it was opened."""
    posted = request.POST.lists()
    return [(name, one) for name, all in posted if name.startswith(_SHOWN) for one in all]
