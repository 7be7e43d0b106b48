from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from audiences.admin.base import ReadOnlyAdmin
from audiences.admin.lists import ByPersonMixin
from audiences.models import ConsentEvent


@admin.register(ConsentEvent)
class ConsentEventAdmin(ByPersonMixin, ReadOnlyAdmin):
    list_display = ("contact", "purpose", "segment", "channel", "kind", "source", "at")
    list_filter = ("kind", "purpose", "channel", "source", ("segment", AutocompleteSelectFilter))
    list_select_related = ("contact", "segment")
    ordering = ("-pk",)
