from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from audiences.admin.base import Admin, ReadOnlyAdmin, ReadOnlyRows
from audiences.admin.colours import coloured
from audiences.admin.versioned import VersionedMixin
from audiences.languages import spoken
from feedback.admin import results_page, survey_pages, survey_panel
from feedback.admin.ask_page import AskPage
from feedback.admin.export_page import ExportPage
from feedback.admin.questions import QuestionBlocks
from feedback.models import Invitation, Survey, SurveyVersion
from feedback.services import versions

Status = SurveyVersion.Status
_COLOURS = coloured({Status.DRAFT: "warning", Status.ACTIVE: "success"})
_STATE = (("survey", "number"), ("status", "activated_at"))
_WORDS = ("title", "intro", "thanks")
_TERMS = ("is_anonymous", "open_days")


class NewSurveyForm(forms.ModelForm[SurveyVersion]):
    slug = forms.SlugField(
        label=_("Slug"),
        max_length=80,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("What plans call it: letters, digits, - and _."),
    )

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if Survey.objects.filter(slug=slug).exists():
            raise forms.ValidationError(
                _("There is a survey with this slug. Open it, and make a new version of it.")
            )
        return slug


@admin.register(SurveyVersion)
class SurveyVersionAdmin(VersionedMixin, Admin):
    """What a manager calls a survey: one of its versions, with its questions."""

    possible: ClassVar = {
        Status.DRAFT: ("preview", "activate", "results", "export"),
        Status.ACTIVE: ("ask", "revise", "preview", "results", "export"),
        Status.RETIRED: ("revise", "preview", "results", "export"),
    }
    in_force = _("This version is in force or retired: make a new version of the survey.")
    refusal = versions.NotADraft
    list_display = ("show_title", "survey", "number", "show_status", "asks", "answered")
    list_display_links = ("show_title",)
    list_filter = ("status", "survey")
    list_select_related = ("survey",)
    search_fields = ("title", "survey__slug")
    ordering = ("survey__slug", "-number")
    actions_detail = ("ask", "revise", "preview", "activate", "results", "export")
    readonly_fields = ("survey", "number", "status", "activated_at")
    change_form_outer_before_template = "admin/feedback/survey.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(
                question_count=Count("questions", distinct=True),
                response_count=Count("invitations__responses", distinct=True),
            )
        )
        return counted

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewSurveyForm
        return super().get_form(request, obj, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is asked already is read as its customers read it, above."""
        if obj is None:
            return ("slug", *_WORDS, _TERMS)
        return (*_STATE, *_WORDS, _TERMS) if obj.is_draft else (*_STATE, _TERMS)

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [] if self.is_closed(obj) else [QuestionBlocks]

    def panel(self, version: SurveyVersion) -> dict[str, Any]:
        return survey_panel.panel(version)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            versions.hold(draft=obj)
        else:
            obj.survey = Survey.objects.create(slug=form.cleaned_data["slug"])
        super().save_model(request, obj, form, change)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found = super().get_deleted_objects(objs, request)
        return (*found[:3], [*found[3], *survey_panel.steps_in_the_way(objs)])

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        versions.discard(draft=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for version in queryset:
            versions.discard(draft=version)

    def has_revise_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("feedback.change_surveyversion")

    def has_results_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("feedback.view_response")

    def has_ask_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("feedback.add_surveyround")

    @action(
        description=_("Ask now…"), icon="send", variant=ActionVariant.PRIMARY, permissions=["ask"]
    )
    def ask(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return AskPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("New version…"), icon="edit_note", permissions=["revise"])
    def revise(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return survey_pages.RevisePage.as_view(model_admin=self)(request, object_id=object_id)

    @action(
        description=_("Activate…"),
        icon="task_alt",
        variant=ActionVariant.PRIMARY,
        permissions=["revise"],
    )
    def activate(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return survey_pages.ActivatePage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Preview"), icon="visibility", permissions=["view"])
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return redirect("feedback-preview", pk=object_id)

    @action(description=_("Results"), icon="bar_chart", permissions=["results"])
    def results(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        version = get_object_or_404(SurveyVersion, pk=object_id)
        return redirect(results_page.address(survey=version.survey.slug))

    @action(description=_("Export…"), icon="download", permissions=["results"])
    def export(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return ExportPage.as_view(model_admin=self)(request, object_id=object_id)

    @display(description=_("title"), ordering="survey__slug")
    def show_title(self, version: SurveyVersion) -> str:
        return spoken(version.title)

    @display(description=_("status"), ordering="status", label=_COLOURS)
    def show_status(self, version: SurveyVersion) -> tuple[str, str]:
        return version.status, version.get_status_display()

    @display(description=_("questions"), ordering="question_count")
    def asks(self, version: SurveyVersion) -> int:
        return version.question_count  # type: ignore[attr-defined, no-any-return]

    @display(description=_("responses"), ordering="response_count")
    def answered(self, version: SurveyVersion) -> int:
        return version.response_count  # type: ignore[attr-defined, no-any-return]


class VersionRows(ReadOnlyRows):
    model = SurveyVersion
    fields = readonly_fields = ("number", "title", "status", "activated_at")
    ordering = ("-number",)
    show_change_link = True


@admin.register(Survey)
class SurveyAdmin(ReadOnlyAdmin):
    """Under the name by which plans choose it."""

    list_display = ("slug",)
    search_fields = ("slug",)
    ordering = ("slug",)
    inlines = (VersionRows,)

    def get_urls(self) -> list[URLPattern]:
        page = results_page.ResultsPage.as_view(model_admin=self)
        shown = path("results/", self.admin_site.admin_view(page), name=results_page.NAME)
        return [shown, *super().get_urls()]


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("broadcast", "version", "closes_at")
    list_filter = ("version__survey",)
    list_select_related = ("broadcast", "version")
    search_fields = ("broadcast__title", "version__survey__slug")
    ordering = ("-pk",)
