from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from audiences.admin.base import Admin
from audiences.languages import spoken
from incidents.admin import labels
from incidents.models import Commitment, Postmortem


def title_of(instance: Postmortem | Commitment) -> str:
    return spoken(instance.incident.title)


@admin.register(Postmortem)
class PostmortemAdmin(Admin):
    list_display = (
        "show_incident",
        "show_state",
        "due_at",
        "published_at",
    )
    list_filter = ("state",)
    list_select_related = ("incident",)
    search_fields = ("incident__title", "incident__key")
    autocomplete_fields = ("incident",)
    ordering = ("-due_at",)

    @display(description=_("incident"))
    def show_incident(self, postmortem: Postmortem) -> str:
        return title_of(postmortem)

    @display(description=_("state"), ordering="state", label=labels.POSTMORTEM)
    def show_state(self, postmortem: Postmortem) -> tuple[str, str]:
        return postmortem.state, postmortem.get_state_display()


@admin.register(Commitment)
class CommitmentAdmin(Admin):
    single_line = ()
    list_display = (
        "show_text",
        "show_incident",
        "owner",
        "due_on",
        "delivered_at",
    )
    list_filter = (("delivered_at", admin.EmptyFieldListFilter), "owner")
    list_select_related = ("incident", "owner")
    search_fields = ("text", "incident__title", "incident__key")
    autocomplete_fields = ("incident", "owner")
    ordering = ("delivered_at", "due_on")

    @display(description=_("what we promised"))
    def show_text(self, commitment: Commitment) -> str:
        return spoken(commitment.text)

    @display(description=_("incident"))
    def show_incident(self, commitment: Commitment) -> str:
        return title_of(commitment)
