"""What people wrote, in one list that can be searched, narrowed down and tagged."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import formats, timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from audiences.admin.base import ReadOnlyAdmin
from audiences.admin.lists import QuickListMixin
from audiences.admin.moments import moment
from feedback.admin import comment_filters, tagging
from feedback.models import Answer
from feedback.options import said
from feedback.services import comments

# Longer ones are read on their own page.
_SHOWN = 400
_SCORES = Answer.objects.filter(score__isnull=False).select_related("question")
_BESIDE = Prefetch("response__answers", _SCORES.order_by("question__position"))


@admin.register(Answer)
class AnswerAdmin(QuickListMixin, ReadOnlyAdmin):
    list_display = ("show_text", "show_scores", "show_tags", "author", "survey", "show_when")
    list_display_links = ("show_text",)
    list_select_related = (
        "question",
        "response__invitation__version",
        "response__delivery__contact__account",
    )
    list_before_template = "admin/feedback/comments.html"
    search_fields = ("text",)
    search_help_text = _("Words that were written, in any order.")
    ordering = ("-response__changed_at", "-pk")
    actions = ("tag_many",)
    actions_detail = ("tag",)
    fields = ("question", "show_whole", "show_scores", "show_tags", "author", "survey", "show_when")
    readonly_fields = ("show_whole", "show_scores", "show_tags", "author", "survey", "show_when")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Answer]:
        return comments.written().prefetch_related("tags", _BESIDE).order_by(*self.ordering)

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        return comment_filters.all_of_them()

    def matches(self, words: str) -> Q:
        return comments.saying(words)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context = {
            "has_comments": comments.written().exists(),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def has_tag_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("feedback.change_tag")

    @admin.action(description=_("Tag…"), permissions=["tag"])
    def tag_many(self, request: HttpRequest, chosen: QuerySet[Answer]) -> HttpResponse | None:
        return tagging.ask(self, request, chosen)

    @action(description=_("Tag…"), icon="label", permissions=["tag"])
    def tag(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return tagging.of_one(self, request, object_id)

    @display(description=_("comment"))
    def show_text(self, answer: Answer) -> str:
        return Truncator(answer.text).chars(_SHOWN)

    @display(description=_("comment"))
    def show_whole(self, answer: Answer) -> str:
        return answer.text

    @display(description=_("scores beside it"), empty_value="–")
    def show_scores(self, answer: Answer) -> str:
        return ", ".join(said(one) for one in answer.response.answers.all())

    @display(description=_("tags"), empty_value="–")
    def show_tags(self, answer: Answer) -> SafeString:
        names = sorted(tag.name for tag in answer.tags.all())
        return format_html_join(" ", '<span class="kt-tag">{}</span>', ((one,) for one in names))

    @display(description=_("from"))
    def author(self, answer: Answer) -> str:
        return answer.response.author

    @display(description=_("survey"))
    def survey(self, answer: Answer) -> str:
        return str(answer.response.invitation.version)

    @display(description=_("when"), ordering="response__changed_at")
    def show_when(self, answer: Answer) -> str:
        response = answer.response
        if response.invitation.version.is_anonymous:
            return formats.date_format(timezone.localtime(response.changed_at))
        return moment(response.changed_at)
