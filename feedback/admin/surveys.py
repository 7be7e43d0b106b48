from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from audiences.admin.base import Admin, Blocks, ReadOnlyAdmin
from audiences.languages import spoken
from feedback.models import Invitation, Question, Survey


class QuestionBlocks(Blocks):
    model = Question
    single_line = ("text",)
    fields = ("kind", "text", "choices", ("is_required", "position"))
    ordering_field = "position"
    ordering = ("position", "pk")


@admin.register(Survey)
class SurveyAdmin(Admin):
    list_display = ("show_title", "slug", "questions", "answered")
    search_fields = ("slug", "title")
    inlines = (QuestionBlocks,)
    actions_detail = ("results",)
    ordering = ("slug",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(
                question_count=Count("questions", distinct=True),
                response_count=Count("responses", distinct=True),
            )
        )
        return counted

    def has_results_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("feedback.view_response")

    @action(description=_("Results"), icon="bar_chart", permissions=["results"])
    def results(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        survey = get_object_or_404(Survey, pk=object_id)
        return redirect("feedback-results", slug=survey.slug)

    @display(description=_("title"), ordering="slug")
    def show_title(self, survey: Survey) -> str:
        return spoken(survey.title)

    @display(description=_("questions"), ordering="question_count")
    def questions(self, survey: Survey) -> int:
        return survey.question_count  # type: ignore[attr-defined, no-any-return]

    @display(description=_("responses"), ordering="response_count")
    def answered(self, survey: Survey) -> int:
        return survey.response_count  # type: ignore[attr-defined, no-any-return]


@admin.register(Question)
class QuestionAdmin(Admin):
    single_line = ("text",)
    list_display = ("show_text", "survey", "kind", "position", "is_required")
    list_filter = ("kind", "survey")
    list_select_related = ("survey",)
    search_fields = ("text", "survey__slug")
    autocomplete_fields = ("survey",)
    ordering = ("survey__slug", "position")

    @display(description=_("text"))
    def show_text(self, question: Question) -> str:
        return spoken(question.text)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("broadcast", "survey")
    list_filter = ("survey",)
    list_select_related = ("broadcast", "survey")
    search_fields = ("broadcast__title", "survey__slug")
    ordering = ("-pk",)
