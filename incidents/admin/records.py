"""What was said and done during an incident: to be read, never edited."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from audiences.admin.base import ReadOnlyAdmin, ReadOnlyRows
from audiences.languages import spoken
from incidents.admin import labels
from incidents.models import Promise, TimelineEntry, Update, UpdateComponent


class ComponentChangeRows(ReadOnlyRows):
    model = UpdateComponent
    fields = ("component", "old_status", "new_status")


@admin.register(Update)
class UpdateAdmin(ReadOnlyAdmin):
    list_display = (
        "show_incident",
        "show_status",
        "state",
        "audience",
        "said",
        "published_at",
        "next_update_due_at",
        "published_by",
    )
    list_filter = ("state", "audience", "status", "origin")
    list_select_related = ("incident", "published_by")
    search_fields = ("incident__title", "incident__key", "public_text")
    ordering = ("-published_at",)
    inlines = (ComponentChangeRows,)

    @display(description=_("incident"))
    def show_incident(self, update: Update) -> str:
        return str(update.incident)

    @display(description=_("status"), ordering="status", label=labels.STATUS)
    def show_status(self, update: Update) -> tuple[str, str]:
        return update.status, update.get_status_display()

    @display(description=_("public text"))
    def said(self, update: Update) -> str:
        return spoken(update.public_text)


@admin.register(TimelineEntry)
class TimelineEntryAdmin(ReadOnlyAdmin):
    list_display = (
        "step",
        "show_incident",
        "due_at",
        "show_state",
        "reason",
        "released_at",
        "decided_by",
    )
    list_filter = ("state", "reason")
    list_select_related = ("incident", "step", "decided_by")
    search_fields = ("step__name", "incident__title", "incident__key")
    ordering = ("-due_at",)

    @display(description=_("incident"))
    def show_incident(self, entry: TimelineEntry) -> str:
        return str(entry.incident)

    @display(description=_("state"), ordering="state", label=labels.ENTRY)
    def show_state(self, entry: TimelineEntry) -> tuple[str, str]:
        return entry.state, entry.get_state_display()


@admin.register(Promise)
class PromiseAdmin(ReadOnlyAdmin):
    list_display = (
        "show_incident",
        "audience",
        "made_at",
        "due_at",
        "show_outcome",
        "settled_at",
        "settled_by",
    )
    list_filter = ("outcome", "audience")
    list_select_related = ("incident", "settled_by")
    search_fields = ("incident__title", "incident__key")
    ordering = ("-due_at",)

    @display(description=_("incident"))
    def show_incident(self, promise: Promise) -> str:
        return str(promise.incident)

    @display(description=_("outcome"), ordering="outcome", label=labels.PROMISE)
    def show_outcome(self, promise: Promise) -> tuple[str, str]:
        return promise.outcome, promise.get_outcome_display()
