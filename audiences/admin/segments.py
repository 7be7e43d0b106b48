from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from audiences.admin.base import Admin
from audiences.admin.colours import coloured
from audiences.models import AudienceKind, Channel, Detail, Segment, Subscription


@admin.register(Segment)
class SegmentAdmin(Admin):
    # Live members need two queries a segment: they are counted on its page, not in the list.
    list_display = ("name", "show_kind", "show_detail", "is_listed", "has_rule", "subscribed")
    list_filter = ("kind", "detail", "is_listed")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("by_email", "by_sms")
    ordering = ("kind", "name")
    fieldsets = (
        (None, {"fields": ("name", "slug", ("kind", "detail"), "is_listed")}),
        (_("Who belongs to it"), {"fields": ("rule", ("by_email", "by_sms"))}),
    )

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
    def by_email(self, segment: Segment) -> int:
        return _members(segment, Channel.EMAIL)

    @display(description=_("members by SMS"))
    def by_sms(self, segment: Segment) -> int:
        return _members(segment, Channel.SMS)


def _members(segment: Segment, channel: str) -> int:
    return segment.members(channel).count() if segment.pk else 0
