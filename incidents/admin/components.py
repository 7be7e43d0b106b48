from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from audiences.admin.base import Admin
from incidents.admin import labels
from incidents.models import Component, ComponentGroup


@admin.register(ComponentGroup)
class ComponentGroupAdmin(Admin):
    list_display = ("name", "position")
    search_fields = ("name",)
    ordering = ("position", "name")


@admin.register(Component)
class ComponentAdmin(Admin):
    list_display = ("name", "show_status", "group", "description", "position")
    list_filter = ("status", "group")
    list_select_related = ("group",)
    search_fields = ("name", "slug", "description")
    prepopulated_fields = {"slug": ("name",)}
    autocomplete_fields = ("group", "dependents")
    ordering = ("group__position", "position", "name")
    fieldsets = (
        (None, {"fields": ("name", "slug", "description", ("group", "position"))}),
        (_("Now"), {"fields": ("status",)}),
        (_("Who is told"), {"fields": ("dependents",)}),
    )

    @display(description=_("status"), ordering="status", label=labels.COMPONENT)
    def show_status(self, component: Component) -> tuple[str, str]:
        return component.status, component.get_status_display()
