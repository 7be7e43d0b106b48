from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from feedback.models import Survey
from feedback.services import comments, results
from messaging.public_pages import personal_page

COMMENTS_SHOWN = 200


@staff_member_required
@permission_required("feedback.view_response", raise_exception=True)
@personal_page
@require_safe
def survey_results(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_object_or_404(Survey, slug=slug)
    thread = request.GET.get("thread", "")[:100] or None
    context = {
        "summary": results.summary(survey=survey, thread=thread),
        "comments": comments.latest(survey=survey, thread=thread)[:COMMENTS_SHOWN],
        "thread": thread,
    }
    return render(request, "feedback/results.html", context)
