"""The form behind a personal link. Neither looking at it nor turning a page stores anything."""

import hashlib
from datetime import datetime
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from audiences.services import support
from feedback import drawing, forms
from feedback.conditions import Given
from feedback.forms import Sheet
from feedback.models import Answer, FollowUp, Invitation
from feedback.services import anonymity, invited, papers, responses
from feedback.services.judging import LONGEST_TEXT, InvalidAnswers
from feedback.services.papers import Paper
from messaging.models import Delivery
from messaging.public_pages import personal_page, scripted, speak
from messaging.services import links


# The link is the credential, and there is no session to be forged: a reader whose browser keeps
# no cookies must be able to answer too.
@csrf_exempt
@scripted
@personal_page
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, token: str) -> HttpResponse:
    delivery = _invited(token)
    speak(request, delivery.language)
    now = timezone.now()
    if request.method == "POST":
        return _posted(request, delivery, now)
    invitation: Invitation = delivery.broadcast.invitation
    if now >= invitation.closes_at:
        return _closed(request, delivery, now)
    paper = papers.asked(invitation.version_id)
    if paper.is_anonymous and anonymity.has_answered(delivery=delivery):
        return _answered_before(request, delivery)
    earlier = _earlier(delivery, paper)
    sheet = forms.sheet(paper, forms.given(earlier))
    sheet.choose(request.GET.get("score", ""))
    before = forms.sent_before(earlier)
    return _shown(request, delivery, sheet, earlier=earlier, before=before, is_fresh=True)


def _posted(request: HttpRequest, delivery: Delivery, now: datetime) -> HttpResponse:
    paper = _paper(delivery)
    try:
        sent = request.POST
        forms.check_number(sent)
    except (RequestDataTooBig, TooManyFieldsSent):
        return _too_much(request, delivery)
    if sent.get(forms.TRAP):
        return render(request, "feedback/thanks.html", {"version": paper})
    given = forms.read(sent)
    if sent.get("go") in forms.TURNS:
        if not delivery.broadcast.invitation.takes_answers(now):
            return _closed(request, delivery, now)
        sheet = forms.sheet(paper, given, page=sent.get("page", ""))
        is_fine = sheet.turn(sent["go"])
        return _shown(request, delivery, sheet, status=200 if is_fine else 422)
    return _sent(request, delivery, given, now)


def _sent(request: HttpRequest, delivery: Delivery, given: Given, now: datetime) -> HttpResponse:
    language = translation.get_language() or delivery.language
    try:
        follow_up = responses.submit(delivery=delivery, answers=given, language=language, now=now)
    except InvalidAnswers as error:
        sheet = forms.sheet(_paper(delivery), given)
        sheet.mark(error.messages)
        return _shown(request, delivery, sheet, status=422)
    except invited.Closed:
        return _closed(request, delivery, now)
    except anonymity.AlreadyAnswered:
        return _answered_before(request, delivery)
    except responses.ChangedTooOften:
        return _too_often(request, delivery, given)
    return _thanks(request, delivery, follow_up)


def _thanks(request: HttpRequest, delivery: Delivery, follow_up: FollowUp | None) -> HttpResponse:
    context = {
        "invitation": delivery.broadcast.invitation,
        "version": _paper(delivery),
        "follow_up": follow_up,
        "draft": _draft(request),
    }
    return render(request, "feedback/thanks.html", context)


def _too_often(request: HttpRequest, delivery: Delivery, given: Given) -> HttpResponse:
    problem = _(
        "You have changed your answers very often, so they stay as you last sent them. If"
        " something in them is wrong, please write to us."
    )
    sheet = forms.sheet(_paper(delivery), given)
    return _shown(request, delivery, sheet, status=429, problem=problem)


def _too_much(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    problem = _(
        "Your answers were too long to arrive, so nothing was stored. Please go back, shorten your"
        " texts to %(longest)s characters each, and send them again."
    ) % {"longest": LONGEST_TEXT}
    paper = _paper(delivery)
    sheet = forms.sheet(paper, {})
    # What did not arrive is still on the device.
    more = {"before": forms.sent_before(_earlier(delivery, paper)), "is_fresh": True}
    return _shown(request, delivery, sheet, status=413, problem=problem, **more)


def _shown(
    request: HttpRequest, delivery: Delivery, sheet: Sheet, status: int = 200, **more: Any
) -> HttpResponse:
    invitation = delivery.broadcast.invitation
    context = {"sheet": sheet, "version": sheet.paper, "invitation": invitation, **more}
    context["questions"] = drawing.questions(sheet)
    if "before" not in context:
        context["before"] = request.POST.get(forms.BEFORE, "")
    if not sheet.paper.is_anonymous:
        context["draft"] = _draft(request)
    return render(request, "feedback/form.html", context, status=status)


def _closed(request: HttpRequest, delivery: Delivery, now: datetime) -> HttpResponse:
    ways = support.at(ways=support.read(), now=now, segments=[delivery.segment_id or 0])
    context = {
        "invitation": delivery.broadcast.invitation,
        "version": _paper(delivery),
        "earlier": responses.earlier(delivery=delivery),
        "support": ways,
        "draft": _draft(request),
    }
    return render(request, "feedback/closed.html", context, status=410)


def _answered_before(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    return render(request, "feedback/answered.html")


def _earlier(delivery: Delivery, paper: Paper) -> list[Answer]:
    earlier = [] if paper.is_anonymous else responses.answers(delivery=delivery)
    if earlier and not links.is_current(delivery):
        return []  # whoever reads that mailbox now need not be who answered
    return earlier


def _paper(delivery: Delivery) -> Paper:
    return papers.asked(delivery.broadcast.invitation.version_id)


def _invited(token: str) -> Delivery:
    delivery = links.find(token, invited.find)
    if delivery is None:
        raise Http404
    return delivery


def _draft(request: HttpRequest) -> str:
    """Under which name a device keeps what is begun: the link itself is nobody else's business."""
    return hashlib.sha256(request.path.encode()).hexdigest()[:16]
