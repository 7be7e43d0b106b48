"""Who agreed to what, when and to which words: looked at as evidence, never edited."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from audiences import wordings
from audiences.admin.base import ReadOnlyAdmin, ReadOnlyRows
from audiences.admin.colours import coloured
from audiences.admin.lists import ByPersonMixin
from audiences.models import ConsentEvent

Kind = ConsentEvent.Kind


@admin.register(ConsentEvent)
class ConsentEventAdmin(ByPersonMixin, ReadOnlyAdmin):
    list_display = ("contact", "purpose", "list_name", "channel", "show_kind", "source", "at")
    list_filter = ("purpose", "kind", "source", "channel", ("segment", AutocompleteSelectFilter))
    list_select_related = ("contact",)
    ordering = ("-pk",)
    fields = (
        "contact",
        "purpose",
        ("list_name", "segment"),
        ("channel", "address"),
        ("kind", "at"),
        ("source", "network_address"),
        "evidence",
        "text_version",
        "show_wording",
    )
    readonly_fields = ("show_wording",)

    @display(
        description=_("what"),
        ordering="kind",
        label=coloured({Kind.GIVEN: "success", Kind.WITHDRAWN: "warning"}),
    )
    def show_kind(self, event: ConsentEvent) -> tuple[str, str]:
        return event.kind, event.get_kind_display()

    @display(description=_("wording"))
    def show_wording(self, event: ConsentEvent) -> SafeString | str:
        """The words that were in view, as they read then."""
        words = wordings.text(event.text_version, get_language() or "")
        return format_html("<q>{}</q>", words) if words else "–"


class ConsentRows(ReadOnlyRows):
    model = ConsentEvent
    fields = (
        *("at", "purpose", "list_name", "channel", "address", "kind", "source"),
        *("network_address", "text_version", "evidence"),
    )
    ordering = ("-at", "-pk")
    tab = True
    show_change_link = True
