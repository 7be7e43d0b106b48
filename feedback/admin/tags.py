"""The team's tags: how many comments have them, and beside which scores those stand."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from audiences.admin.base import Admin
from audiences.admin.pages import ActionPage, address
from audiences.folding import folded
from feedback.models import Question, Tag
from feedback.services import tags
from feedback.services.comments import Band


class TagNameForm(forms.ModelForm[Tag]):
    class Meta:
        model = Tag
        fields = ("name",)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        same = Tag.objects.filter(name_folded=folded(name)).exclude(pk=self.instance.pk)
        if same.exists():
            raise forms.ValidationError(
                _("There is a tag of this name. To have one in place of two, merge them.")
            )
        return name


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(
        label=_("The tag that stays"), queryset=Tag.objects.none(), widget=UnfoldAdminSelectWidget
    )


class MergePage(ActionPage):
    title = _("Merge it into another tag")
    explanation = _("The comments get the other tag, and this one is gone. It cannot be undone.")
    button = _("Merge")
    form_class = MergeForm

    def get_form(self, form_class: Any = None) -> forms.Form:
        form = super().get_form(form_class)
        others = Tag.objects.exclude(pk=self.object.pk).order_by("name_folded")
        form.fields["into"].queryset = others  # type: ignore[attr-defined]
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, consequences=[_has(self.object)])

    def form_valid(self, form: forms.Form) -> HttpResponse:
        into, name = form.cleaned_data["into"], str(self.object)
        try:
            tags.merge(tag=self.object, into=into)
        except tags.TagIsGone:
            form.add_error("into", _("One of the two is gone meanwhile. Nothing was changed."))
            return self.form_invalid(form)
        words = gettext("“%(tag)s” was merged into it.") % {"tag": name}
        self.model_admin.log_change(self.request, into, words)
        messages.success(self.request, words)
        return HttpResponseRedirect(address(into))


@admin.register(Tag)
class TagAdmin(Admin):
    form = TagNameForm
    list_display = ("name", "used", "low", "not_low")
    list_before_template = "admin/feedback/tags.html"
    search_fields = ("name_folded",)
    ordering = ("name_folded",)
    fields = ("name", "show_scores")
    readonly_fields = ("show_scores",)
    actions_detail = ("comments", "merge")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return tags.counted().order_by(*self.ordering)

    def get_fields(self, request: HttpRequest, obj: Tag | None = None) -> Any:
        return self.fields if obj else ("name",)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Their comments are counted, not listed."""
        chosen = list(objs)
        may = self.has_delete_permission(request)
        refused = set() if may else {self.opts.verbose_name}
        return (
            [_loses(tag) for tag in chosen],
            {self.opts.verbose_name_plural: len(chosen)},
            refused,
            [],
        )

    @action(description=_("Its comments"), icon="forum", permissions=["view"])
    def comments(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return HttpResponseRedirect(_comments(int(object_id)))

    @action(description=_("Merge…"), icon="merge", permissions=["delete"])
    def merge(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return MergePage.as_view(model_admin=self)(request, object_id=object_id)

    @display(description=_("comments"), ordering="used")
    def used(self, tag: Tag) -> SafeString:
        return _linked(tag.pk, tag.used)  # type: ignore[attr-defined]

    @display(description=_("with a low score"), ordering="low")
    def low(self, tag: Tag) -> SafeString:
        return _linked(tag.pk, tag.low, Band.LOW)  # type: ignore[attr-defined]

    @display(description=_("with no low score"), ordering="not_low")
    def not_low(self, tag: Tag) -> SafeString:
        return _linked(tag.pk, tag.not_low, Band.NOT_LOW)  # type: ignore[attr-defined]

    @display(description=_("scores beside its comments"))
    def show_scores(self, tag: Tag) -> str:
        kinds = [
            (
                Question.Kind(kind).label,
                [
                    (score, _linked(tag.pk, count, f"{kind}-{score}"))
                    for score, count in found.items()
                ],
            )
            for kind, found in tags.scores(tag=tag).items()
        ]
        return render_to_string("admin/feedback/tag_scores.html", {"kinds": kinds})


def _has(tag: Tag) -> str:
    count = tag.comments.count()
    words = ngettext(
        "“%(tag)s” is on %(count)d comment.", "“%(tag)s” is on %(count)d comments.", count
    )
    return words % {"tag": tag, "count": count}


def _loses(tag: Tag) -> str:
    count = tag.comments.count()
    words = ngettext(
        "The tag “%(tag)s” is taken off %(count)d comment, which stays.",
        "The tag “%(tag)s” is taken off %(count)d comments, which stay.",
        count,
    )
    return words % {"tag": tag, "count": count}


def _comments(tag: int, score: str = "") -> str:
    return f"{reverse('admin:feedback_answer_changelist')}?tag={tag}" + (
        f"&score={score}" if score else ""
    )


def _linked(tag: int, count: int, score: str = "") -> SafeString:
    return format_html('<a class="kt-link" href="{}">{}</a>', _comments(tag, score), count)
