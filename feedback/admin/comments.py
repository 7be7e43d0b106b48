"""What people wrote, in one list that can be searched, narrowed down and tagged."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, Prefetch, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from audiences.admin.base import ReadOnlyAdmin
from audiences.admin.lists import QuickListMixin
from audiences.admin.moments import moment
from feedback.admin import comment_filters, tagging
from feedback.admin.authors import AuthoredMixin
from feedback.models import Answer
from feedback.options import said
from feedback.services import comments

# Longer ones are read on their own page.
_SHOWN = 400
_SCORES = Answer.objects.filter(score__isnull=False).select_related("question")
# What the filters put into an address.
_OF_FILTERS = ("__id__exact", "__channel__exact", "_at_from", "_at_to")
# Of an anonymous one it is not told.
_WHEN = Case(When(comments.is_named(), then="response__changed_at"))
_BESIDE = Prefetch("response__answers", _SCORES.order_by("question__position"))


@admin.register(Answer)
class AnswerAdmin(AuthoredMixin, QuickListMixin, ReadOnlyAdmin):
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
    actions = ("tag_many",)
    actions_detail = ("tag",)
    fields = ("question", "show_whole", "show_scores", "show_tags", "author", "survey", "show_when")
    readonly_fields = ("show_whole", "show_scores", "show_tags", "author", "survey", "show_when")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Answer]:
        found = comments.written().annotate(when=_WHEN).prefetch_related("tags", _BESIDE)
        return found.order_by(*self.get_ordering(request))

    def get_ordering(self, request: HttpRequest) -> Any:
        # Anonymous ones come last, in the order of their random numbers: beside others of their
        # day it would be told.
        return (_WHEN.desc(nulls_last=True), "-pk")

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        return comment_filters.all_of_them()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        # Any other would find anonymous comments by what is not told of them.
        is_ours = lookup.endswith(_OF_FILTERS) or not lookup.startswith("response")
        return is_ours and super().lookup_allowed(lookup, value, request)

    def matches(self, words: str) -> Q:
        return comments.saying(words)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context = {
            "has_comments": comments.written().exists(),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def has_tag_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_read = self.has_view_permission(request, obj)
        return may_read and request.user.has_perm("feedback.change_tag")

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
        if answer.response.delivery is None:
            return ""
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

    @display(description=_("when"), ordering="when", empty_value="–")
    def show_when(self, answer: Answer) -> str:
        when = answer.when  # type: ignore[attr-defined]
        return moment(when) if when else ""
