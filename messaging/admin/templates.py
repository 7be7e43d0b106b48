from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from audiences.admin.as_shown import AsShownMixin
from audiences.admin.base import Admin, Blocks, actor
from audiences.admin.colours import coloured
from audiences.admin.panels import PanelsMixin
from messaging.admin import template_editor, template_obstacles
from messaging.admin.template_editor import VariantForm
from messaging.admin.template_history import EarlierWordsPage, RestorePage
from messaging.admin.template_look import PreviewPage
from messaging.admin.template_pages import CopyPage, TranslationsFitPage
from messaging.admin.variant_rows import VariantRows
from messaging.models import WORDS, Template, TemplateVariant
from messaging.services import templates


class GroupWidget(UnfoldAdminTextInputWidget):
    """Suggests the groups that there are."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        groups = Template.objects.exclude(group="").order_by("group").values_list("group")
        options = format_html_join("", '<option value="{}">', groups.distinct())
        listed = {**(attrs or {}), "list": "template-groups"}
        drawn: SafeString = super().render(name, value, listed, renderer)
        return drawn + format_html('<datalist id="template-groups">{}</datalist>', options)


class TemplateForm(AsShownMixin, forms.ModelForm[Template]):
    def clean(self) -> dict[str, Any]:
        given = super().clean()
        kept = Template.Stage.CORRECTION
        if given.get("stage", kept) != kept:
            for words in template_obstacles.corrections([self.instance]):
                self.add_error("stage", words)
        return given


class VariantBlocks(Blocks):
    model = TemplateVariant
    form = VariantForm
    formset = VariantRows
    fields = (("language", "detail"), *WORDS)


@admin.register(Template)
class TemplateAdmin(PanelsMixin, Admin):
    form = TemplateForm
    list_display = ("name", "group", "show_stage", "variant_count", "translations", "slug")
    list_filter = ("stage", "group")
    search_fields = ("name", "slug", "group")
    prepopulated_fields = {"slug": ("name",)}
    ordering = ("stage", "name")
    fields = (("name", "slug"), ("stage", "group"), "source_language")
    inlines = (VariantBlocks,)
    actions_detail = ("preview", "earlier_words", "copy")
    change_form_outer_before_template = "admin/messaging/template_stale.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = (
            super().get_queryset(request).annotate(variant_count=Count("variants"))
        )
        return counted.prefetch_related("variants")

    @display(description=_("stage"), ordering="stage", label=True)
    def show_stage(self, template: Template) -> str:
        return template.get_stage_display()

    @display(description=_("variants"), ordering="variant_count")
    def variant_count(self, template: Template) -> int:
        return template.variant_count  # type: ignore[attr-defined, no-any-return]

    @display(description=_("translations"), label=coloured({"stale": "warning"}))
    def translations(self, template: Template) -> tuple[str, Any]:
        found = templates.stale(template)
        if not found:
            return "current", _("up to date")
        return "stale", _("stale: %(codes)s") % {"codes": templates.spoken_codes(found)}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "group":
            kwargs["widget"] = GroupWidget
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_copy_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.has_add_permission(request))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        fit = TranslationsFitPage.as_view(model_admin=self)
        restore = RestorePage.as_view(model_admin=self)
        name = "messaging_template_%s"
        return [
            path("<path:object_id>/fit/", wrap(fit), name=name % "fit"),
            path("<path:object_id>/restore/<int:revision>/", wrap(restore), name=name % "restore"),
            *super().get_urls(),
        ]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Says what uses them, where Django would speak of a permission that nobody has."""
        if used := template_obstacles.against([*objs]):
            return [], {}, set(), used
        return super().get_deleted_objects(objs, request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        one = self.get_object(request, object_id)
        context = {**(extra_context or {}), "stale": templates.stale(one) if one else []}
        return super().change_view(request, object_id, form_url, context)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        # All of them at once: what is saved together was edited together.
        now = timezone.now()
        for variant in formset.save(commit=False):
            templates.save(variant=variant, by=actor(request), now=now)
        for variant in formset.deleted_objects:
            variant.delete()

    @action(description=_("Preview"), icon="visibility", permissions=["view"])
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return PreviewPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Earlier words"), icon="history", permissions=["view"])
    def earlier_words(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return EarlierWordsPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Copy…"), icon="content_copy", permissions=["copy"])
    def copy(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return CopyPage.as_view(model_admin=self)(request, object_id=object_id)


@admin.register(TemplateVariant)
class TemplateVariantAdmin(Admin):
    form = VariantForm
    list_display = ("template", "language", "detail", "subject")
    list_filter = ("language", "detail", "template__stage")
    list_select_related = ("template",)
    search_fields = ("template__name", "subject", "body")
    autocomplete_fields = ("template",)
    ordering = ("template__name", "language", "detail")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.count_view)
        return [path("count/", view, name="messaging_templatevariant_count"), *super().get_urls()]

    def count_view(self, request: HttpRequest) -> JsonResponse:
        may_edit = self.has_change_permission(request) or self.has_add_permission(request)
        return template_editor.count(request, may_edit=may_edit)

    def save_model(
        self, request: HttpRequest, obj: TemplateVariant, form: forms.ModelForm[Any], change: bool
    ) -> None:
        templates.save(variant=obj, by=actor(request), now=timezone.now())
