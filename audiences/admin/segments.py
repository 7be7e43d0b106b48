from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldBooleanWidget

from audiences import rules
from audiences.admin import rule_editor, segment_changes, why
from audiences.admin.base import Admin
from audiences.admin.colours import coloured
from audiences.admin.rule_editor import RuleField, RuleWidget
from audiences.admin.segment_changes import MeantMixin
from audiences.models import AudienceKind, Channel, Detail, Segment, Subscription
from audiences.models.segments import obstacles, referring
from audiences.services import counting


class SegmentForm(MeantMixin, forms.ModelForm[Segment]):
    rule = RuleField(
        label=_("Rule"),
        required=False,
        widget=RuleWidget,
        help_text=_(
            "Names people by e-mail, beside those who subscribed. It is asked when a message is"
            " sent, so that whoever fits by then is told."
        ),
    )

    meant = forms.BooleanField(
        label=_("Change it for all of them"), required=False, widget=UnfoldBooleanWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "rule" in self.fields:
            self.fields["rule"].widget.attrs["data-pk"] = str(self.instance.pk)

    def clean_rule(self) -> Any:
        return self.cleaned_data["rule"] or {}


@admin.register(Segment)
class SegmentAdmin(Admin):
    # Live members need two queries a segment: they are counted on its page, not in the list.
    form = SegmentForm
    single_line = ("public_name",)
    list_display = (
        "name",
        "show_kind",
        "show_detail",
        "tone",
        "is_listed",
        "is_archived",
        "has_rule",
        "subscribed",
    )
    list_filter = ("kind", "detail", "tone", "is_listed", "is_archived")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    change_form_outer_after_template = "admin/audiences/segment_members.html"
    readonly_fields = ("by_email", "by_sms")
    ordering = ("kind", "name")
    fieldsets = (
        (None, {"fields": ("name", "slug", ("kind", "detail"), "tone", "is_archived")}),
        (_("Self-service"), {"fields": ("public_name", "is_listed", "description")}),
        (_("Who belongs to it"), {"fields": ("rule", ("by_email", "by_sms"))}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Segment | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not segment_changes.is_asked(request.POST):
            return fieldsets
        (title, first), *others = fieldsets
        rows = first["fields"]
        below = rows.index(("kind", "detail")) + 1
        return [(title, {"fields": (*rows[:below], "meant", *rows[below:])}), *others]

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "rule/", self.admin_site.admin_view(self.check_rule), name="audiences_segment_rule"
            ),
            path(
                "<path:object_id>/why/",
                self.admin_site.admin_view(why.WhyPage.as_view(model_admin=self)),
                name="audiences_segment_why",
            ),
        ]
        return [*own, *super().get_urls()]

    def check_rule(self, request: HttpRequest) -> JsonResponse:
        may_edit = self.has_change_permission(request) or self.has_add_permission(request)
        return rule_editor.check(request, may_edit=may_edit)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        may_see_people = request.user.has_perm("audiences.view_contact")
        shown: dict[str, Any] = {
            "may_see_people": may_see_people,
            "may_ask_why": why.may_ask(request),
        }
        if may_see_people and request.method == "GET":
            shown["some_members"] = _sample(self.get_object(request, object_id))
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Also protects what the rules of others refer to, and what people said about a list."""
        slugs = {one.slug for one in objs}
        others = [str(one) for one in referring(slugs) if one.slug not in slugs]
        if used := obstacles(objs):
            return [], {}, set(), [*used, *others]
        to_delete, counts, missing, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, missing, [*protected, *others]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        confirmed = Q(subscriptions__state=Subscription.State.CONFIRMED)
        people = Count("subscriptions__contact", confirmed, distinct=True)
        counted: QuerySet[Any] = super().get_queryset(request).annotate(subscribed=people)
        return counted

    @display(description=_("by rule"), boolean=True)
    def has_rule(self, segment: Segment) -> bool:
        return bool(segment.rule)

    @display(description=_("subscribed people"), ordering="subscribed")
    def subscribed(self, segment: Segment) -> int:
        return segment.subscribed  # type: ignore[attr-defined, no-any-return]

    @display(
        description=_("kind"),
        ordering="kind",
        label=coloured({AudienceKind.INTERNAL: "info", AudienceKind.PARTNER: "primary"}),
    )
    def show_kind(self, segment: Segment) -> tuple[str, str]:
        return segment.kind, segment.get_kind_display()

    @display(
        description=_("detail level"),
        ordering="detail",
        label=coloured({Detail.TECHNICAL: "warning"}),
    )
    def show_detail(self, segment: Segment) -> tuple[str, str]:
        return segment.detail, segment.get_detail_display()

    @display(description=_("members by e-mail"))
    def by_email(self, segment: Segment) -> str:
        return _members(segment, Channel.EMAIL)

    @display(description=_("members by SMS"))
    def by_sms(self, segment: Segment) -> str:
        return _members(segment, Channel.SMS)


def _members(segment: Segment, channel: str) -> str:
    return rule_editor.count(segment, channel) if segment.pk else "0"


def _sample(segment: Segment | None) -> list[Any]:
    try:
        return list(counting.sample(segment=segment)) if segment else []
    except rules.InvalidRule:
        return []
