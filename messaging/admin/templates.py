from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from audiences.admin.base import Admin, Blocks
from audiences.models import Detail
from messaging.admin.preview import PreviewPage
from messaging.models import Template, TemplateVariant
from messaging.services import placeholders


class VariantForm(forms.ModelForm[TemplateVariant]):
    """Refuses now what would fail at three in the morning."""

    class Meta:
        model = TemplateVariant
        fields = ("template", "language", "detail", "subject", "body", "sms_text", "short_text")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        template = cleaned.get("template")
        sure = placeholders.known_at(template.stage if template else "")
        for name in ("subject", "body", "sms_text", "short_text"):
            try:
                placeholders.check(
                    cleaned.get(name, ""),
                    detail=cleaned.get("detail", Detail.PUBLIC),
                    sure=sure,
                )
            except placeholders.BadTemplate as error:
                self.add_error(name, str(error))
        return cleaned


class VariantBlocks(Blocks):
    model = TemplateVariant
    form = VariantForm
    fields = (("language", "detail"), "subject", "body", "sms_text", "short_text")


@admin.register(Template)
class TemplateAdmin(Admin):
    list_display = ("name", "show_stage", "variant_count", "slug")
    list_filter = ("stage",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    ordering = ("stage", "name")
    fields = ("name", "slug", "stage")
    inlines = (VariantBlocks,)
    actions_detail = ("preview",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = (
            super().get_queryset(request).annotate(variant_count=Count("variants"))
        )
        return counted

    @display(description=_("stage"), ordering="stage", label=True)
    def show_stage(self, template: Template) -> str:
        return template.get_stage_display()

    @display(description=_("variants"), ordering="variant_count")
    def variant_count(self, template: Template) -> int:
        return template.variant_count  # type: ignore[attr-defined, no-any-return]

    @action(description=_("Preview"), icon="visibility", permissions=["view"])
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return PreviewPage.as_view(model_admin=self)(request, object_id=object_id)


@admin.register(TemplateVariant)
class TemplateVariantAdmin(Admin):
    form = VariantForm
    list_display = ("template", "language", "detail", "subject")
    list_filter = ("language", "detail", "template__stage")
    list_select_related = ("template",)
    search_fields = ("template__name", "subject", "body")
    autocomplete_fields = ("template",)
    ordering = ("template__name", "language", "detail")
