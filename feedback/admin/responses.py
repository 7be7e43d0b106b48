from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from audiences.admin.base import ReadOnlyAdmin, ReadOnlyRows
from audiences.admin.colours import coloured
from feedback.models import Answer, FollowUp, Response


class AnswerRows(ReadOnlyRows):
    model = Answer
    fields = ("question", "score", "choice", "text")


class FollowUpRows(ReadOnlyRows):
    model = FollowUp
    fields = ("owner", "due_at", "state", "outcome")
    show_change_link = True


@admin.register(Response)
class ResponseAdmin(ReadOnlyAdmin):
    list_display = (
        "contact",
        "survey",
        "language",
        "submitted_at",
        "needs_a_call",
    )
    list_filter = ("invitation__version__survey", "language", "follow_up__state")
    list_select_related = ("invitation__version", "delivery__contact", "follow_up")
    search_fields = ("delivery__address", "delivery__contact__name", "answers__text")
    ordering = ("-submitted_at",)
    inlines = (AnswerRows, FollowUpRows)

    @display(description=_("from"), ordering="delivery__contact__name")
    def contact(self, response: Response) -> str:
        return response.author

    @display(description=_("survey"), ordering="invitation__version")
    def survey(self, response: Response) -> str:
        return str(response.invitation.version)

    @display(
        description=_("follow-up"),
        label=coloured({FollowUp.State.OPEN: "danger", FollowUp.State.DONE: "success"}),
    )
    def needs_a_call(self, response: Response) -> tuple[str, str] | None:
        follow_up = getattr(response, "follow_up", None)
        return (follow_up.state, follow_up.get_state_display()) if follow_up else None
