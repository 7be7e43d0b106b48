from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from audiences.admin.base import ReadOnlyAdmin, ReadOnlyRows
from audiences.admin.colours import coloured
from feedback.admin.authors import AuthoredMixin
from feedback.models import Answer, FollowUp, Response
from feedback.options import said


class AnswerRows(ReadOnlyRows):
    model = Answer
    fields = ("question", "words")
    readonly_fields = ("words",)
    verbose_name, verbose_name_plural = _("answer"), _("answers")
    ordering = ("question__position", "pk")
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request).select_related("question")
        return found

    @display(description=_("answer"))
    def words(self, answer: Answer) -> str:
        return said(answer)


class FollowUpRows(ReadOnlyRows):
    model = FollowUp
    fields = ("owner", "due_at", "state", "outcome")
    show_change_link = True


@admin.register(Response)
class ResponseAdmin(AuthoredMixin, ReadOnlyAdmin):
    """Without the anonymous ones: a day, a language and the scores together may tell who it was."""

    list_display = (
        "author",
        "survey",
        "language",
        "submitted_at",
        "needs_a_call",
    )
    list_filter = ("invitation__version__survey", "language", "follow_up__state")
    list_select_related = ("invitation__version", "delivery__contact__account", "follow_up")
    search_fields = ("delivery__address", "delivery__contact__name", "answers__text")
    ordering = ("-submitted_at",)
    inlines = (AnswerRows, FollowUpRows)
    readonly_fields = ("author",)
    fields = (
        *("author", "invitation", "delivery"),
        *("language", "submitted_at", "changed_at", "changes"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        named: QuerySet[Any] = super().get_queryset(request).filter(delivery__isnull=False)
        return named

    @display(description=_("from"), ordering="delivery__contact__name")
    def author(self, response: Response) -> str:
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
