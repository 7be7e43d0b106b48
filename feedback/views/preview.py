"""A version of a survey as customers see it, to walk through; nothing that is sent is stored."""

from typing import Any

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from feedback import drawing, forms
from feedback.forms import Sheet
from feedback.models import Invitation, SurveyVersion
from feedback.services import judging, papers
from messaging.public_pages import personal_page, scripted


# Nothing is changed here that somebody could forge.
@csrf_exempt
@staff_member_required
@permission_required("feedback.view_surveyversion", raise_exception=True)
@scripted
@personal_page
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    version = get_object_or_404(SurveyVersion, pk=pk)
    language = request.GET.get("language", "")
    if language in dict(settings.LANGUAGES):
        translation.activate(language)
        request.LANGUAGE_CODE = language
    invitation = Invitation(version=version, closes_at=version.closes_at(timezone.now()))
    paper = papers.read(version)
    context = {"version": paper, "invitation": invitation, "is_preview": True}
    sheet = forms.sheet(paper, forms.read(request.POST), page=request.POST.get("page", ""))
    if request.method != "POST":
        sheet.choose(request.GET.get("score", ""))
        return _shown(request, context, sheet)
    if request.POST.get("go") in forms.TURNS:
        status = 200 if sheet.turn(request.POST["go"]) else 422
        return _shown(request, context, sheet, status)
    try:
        judging.judged(sheet.questions, sheet.given)
    except judging.InvalidAnswers as error:
        sheet.mark(error.messages)
        return _shown(request, context, sheet, 422)
    return render(request, "feedback/thanks.html", context)


def _shown(
    request: HttpRequest, context: dict[str, Any], sheet: Sheet, status: int = 200
) -> HttpResponse:
    context |= {"sheet": sheet, "questions": drawing.questions(sheet)}
    return render(request, "feedback/form.html", context, status=status)
