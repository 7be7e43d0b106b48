"""The forms that anybody can fill in. Both answer everybody the same, see services/sign_ups.py."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from audiences import wordings
from audiences.models import Purpose, Segment, SignUp
from audiences.services import offers, topics
from audiences.services.offers import Offer
from audiences.services.sign_ups import Choice
from messaging import visitors
from messaging.forms import AddressForm, SubscribeForm
from messaging.public_pages import form_page
from messaging.services import sign_ups


@form_page
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    visitor = visitors.visitor(request)
    given = request.POST if request.method == "POST" else request.GET
    offer = offers.everything(
        asked_for=given.getlist("follow"),
        is_insider=visitor.colleague is not None,
        now=timezone.now(),
    )
    if request.method != "POST":
        # Whoever follows one thing has not asked for a list.
        chosen = [] if offer.asked else _preselected(offer.lists, request.GET.getlist("list"))
        follow = [subject.topic for subject in offer.asked]
        initial = {"lists": chosen, "follow": follow, "language": visitor.language}
        return _form(request, SubscribeForm(offer=offer, initial=initial), offer)
    form = SubscribeForm(request.POST, offer=offer, visitor=visitor)
    if not form.is_valid():
        return _form(request, form, offer, status=422)
    if not form.is_spam:
        language = form.cleaned_data["language"]
        try:
            sign_ups.take(
                choices=_wanted(form),
                visitor=visitors.visitor(request, language=language),
                now=timezone.now(),
            )
        except sign_ups.Crowded:
            form.add_error(None, crowded())
            return _form(request, form, offer, status=429)
    return redirect("subscribe-sent")


@form_page
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def lost_link(request: HttpRequest) -> HttpResponse:
    """For whoever no longer has a message with their link in it."""
    form = AddressForm(request.POST or None)
    if request.method != "POST":
        return render(request, "messaging/lost_link.html", {"form": form})
    if not form.is_valid():
        return render(request, "messaging/lost_link.html", {"form": form}, status=422)
    if not form.is_spam:
        asked = [
            Choice(wish=SignUp.Wish.LINK, channel=channel, address=address)
            for channel, address in form.addresses()
        ]
        try:
            sign_ups.take(choices=asked, visitor=visitors.visitor(request), now=timezone.now())
        except sign_ups.Crowded:
            form.add_error(None, crowded())
            return render(request, "messaging/lost_link.html", {"form": form}, status=429)
    return redirect("lost-link-sent")


@form_page
@require_safe
def subscribe_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "messaging/subscribe_sent.html")


@form_page
@require_safe
def lost_link_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "messaging/lost_link_sent.html")


def _wanted(form: SubscribeForm) -> list[Choice]:
    given = form.cleaned_data
    segments = [*given["lists"], *topics.follow(subjects=form.followed())]
    return [
        Choice(
            wish=SignUp.Wish.SUBSCRIBE,
            channel=channel,
            address=address,
            segments=[segment.pk for segment in segments],
            is_shared=given["is_shared"],
            text_version=wordings.current(Purpose.NOTICE),
        )
        for channel, address in form.addresses()
    ]


def crowded() -> str:
    return _(
        "Very many have just written to us from your network, for example from your office. Please"
        " try again in an hour, or through another connection. Nothing was sent."
    )


def _preselected(lists: Iterable[Segment], slugs: list[str]) -> list[int]:
    """What a link already chose, ?list=shop; where there is only one list, that one."""
    lists = list(lists)
    if len(lists) == 1:
        return [lists[0].pk]
    return [segment.pk for segment in lists if segment.slug in slugs]


def _form(
    request: HttpRequest, form: SubscribeForm, offer: Offer, status: int = 200
) -> HttpResponse:
    chosen = {str(value) for value in form["lists"].value() or []}
    context = {
        "form": form,
        "offer": offer,
        "groups": offers.grouped(offer.lists),
        "chosen": chosen,
        "followed": form["follow"].value() or [],
        "wording": wordings.text(wordings.current(Purpose.NOTICE), request.LANGUAGE_CODE),
    }
    return render(request, "messaging/subscribe.html", context, status=status)
