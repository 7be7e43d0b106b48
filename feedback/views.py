from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from feedback.forms import AnswerForm, earlier_answers, preselected
from feedback.models import Response, Survey
from feedback.services import responses, results
from messaging.models import Delivery
from messaging.public_pages import personal_page, speak
from messaging.services import links

COMMENTS_SHOWN = 200


# The link is the credential, and there is no session to be forged: a reader whose browser keeps
# no cookies must be able to answer too.
@csrf_exempt
@personal_page
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, token: str) -> HttpResponse:
    delivery = _invited(token)
    speak(request, delivery.language)
    if request.method == "POST":
        return _answered(request, delivery)
    survey = delivery.broadcast.invitation.survey
    earlier = Response.objects.filter(delivery=delivery).first()
    initial = earlier_answers(earlier) | preselected(survey, request.GET.dict())
    asked = AnswerForm(survey=survey, initial=initial)
    return render(
        request, "feedback/form.html", {"form": asked, "survey": survey, "earlier": earlier}
    )


def _answered(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    survey = delivery.broadcast.invitation.survey
    asked = AnswerForm(request.POST, survey=survey)
    asked.full_clean()
    if asked.is_spam:
        return render(request, "feedback/thanks.html", {"survey": survey})
    try:
        response = responses.submit(
            delivery=delivery,
            answers=asked.answers(),
            language=translation.get_language() or delivery.language,
            now=timezone.now(),
        )
    except responses.InvalidAnswers as error:
        asked.show(error.messages)
        return render(request, "feedback/form.html", {"form": asked, "survey": survey}, status=422)
    return render(request, "feedback/thanks.html", {"survey": survey, "response": response})


def _invited(token: str) -> Delivery:
    related = Delivery.objects.select_related("broadcast__invitation__survey", "contact__account")
    delivery = links.find(token, related.filter(broadcast__invitation__isnull=False))
    if delivery is None:
        raise Http404
    return delivery


@staff_member_required
@permission_required("feedback.view_response", raise_exception=True)
@personal_page
@require_safe
def survey_results(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_object_or_404(Survey, slug=slug)
    thread = request.GET.get("thread", "")[:100] or None
    context = {
        "summary": results.summary(survey=survey, thread=thread),
        "comments": results.comments(survey=survey, thread=thread)[:COMMENTS_SHOWN],
        "thread": thread,
    }
    return render(request, "feedback/results.html", context)
