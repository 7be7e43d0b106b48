from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from audiences.admin.as_shown import AsShownMixin, RowsAsShown
from audiences.admin.base import Admin, Rows
from incidents.admin import labels
from incidents.admin.correcting import CorrectPage
from incidents.admin.correcting_words import CorrectWordsPage
from incidents.admin.decisions import decide
from incidents.admin.duty import SnoozePage, TakeOverPage
from incidents.admin.facts_form import OF_INCIDENT_ALONE, refuse_leaks
from incidents.admin.handover import HandoverPage
from incidents.admin.look_pages import OpeningLookPage
from incidents.admin.maintenance_concerns import of_draft
from incidents.admin.maintenance_pages import TURNS
from incidents.admin.maintenance_times import ExtendPage, MovePage
from incidents.admin.opening import OpenPage
from incidents.admin.plan_choice import offer_active
from incidents.admin.promises import promise_of, with_promise
from incidents.admin.publishing import PublishPage, ResolvePage
from incidents.admin.readers_page import ReadersPage
from incidents.admin.rewards_page import RewardsPage
from incidents.admin.room import RoomPage
from incidents.admin.score_page import ScorePage
from incidents.admin.storms import ApartPage, JoinedPage, TogetherPage
from incidents.models import Component, Incident, IncidentComponent, Status
from incidents.models.facts import PUBLIC_FACTS
from incidents.models.plans import Kind

OF_MAINTENANCE_ALONE = (
    *("scheduled_for", "scheduled_until", "runs_by_clock"),
    *("work", "risk", "rollback"),
)


class DraftForm(AsShownMixin, forms.ModelForm[Incident]):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_active(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == Kind.MAINTENANCE:
            for name in ("scheduled_for", "scheduled_until"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("Customers need exact times: say from when to when."))
            cleaned["detected_at"] = None
            cleaned |= {name: {} for name in OF_INCIDENT_ALONE}
        else:
            cleaned["scheduled_for"] = cleaned["scheduled_until"] = None
            began, noticed = cleaned.get("started_at"), cleaned.get("detected_at")
            if began and noticed and noticed < began:
                self.add_error("detected_at", _("It cannot be noticed before it begins."))
            cleaned |= {name: {} for name in ("work", "risk", "rollback")}
        refuse_leaks(self, cleaned, ("title", *PUBLIC_FACTS, "work", "risk", "rollback"))
        plan = cleaned.get("plan")
        if plan and plan.kind != cleaned.get("kind"):
            self.add_error(
                "plan", _("This plan is made for another kind. Leave it empty to let it be chosen.")
            )
        return cleaned


class AffectedForm(AsShownMixin, forms.ModelForm[IncidentComponent]):
    pass


class AffectedRows(Rows):
    model = IncidentComponent
    form = AffectedForm
    formset = RowsAsShown
    verbose_name_plural = _("Which services are affected, and how badly?")
    fields = ("component", "status")

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else 1


@admin.register(Incident)
class IncidentAdmin(Admin):
    form = DraftForm
    list_display = (
        "show_title",
        "kind",
        "show_status",
        "show_impact",
        "lead",
        "next_update",
        "started_at",
    )
    list_filter = ("status", "kind", "impact", "mode", "lead", "plan")
    list_select_related = ("lead",)
    search_fields = ("title", "key")
    autocomplete_fields = ("lead",)
    ordering = ("-started_at",)
    inlines = (AffectedRows,)
    actions_detail = ("open",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "title",
                    "kind",
                    "scheduled_for",
                    "scheduled_until",
                    "runs_by_clock",
                    "effect",
                    "scope",
                    "work",
                    "risk",
                    "rollback",
                    "workaround",
                )
            },
        ),
        (
            _("More facts, as far as they are known"),
            {
                "fields": ("action", "cause", "technical_cause", "systems"),
                "classes": ("collapse",),
            },
        ),
        (_("Who leads, and since when"), {"fields": ("lead", "started_at", "detected_at")}),
        (
            _("Only if the defaults do not fit"),
            {"fields": ("plan", "impact_override"), "classes": ("collapse",)},
        ),
    )
    conditional_fields = {
        **dict.fromkeys(OF_MAINTENANCE_ALONE, "kind == 'maintenance'"),
        **dict.fromkeys(("detected_at", *OF_INCIDENT_ALONE), "kind == 'incident'"),
    }
    change_form_before_template = "admin/incidents/concerns.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_promise(super().get_queryset(request))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        # Whoever reports it has noticed it by now; both times can be set back. One moment for both:
        # where the second turns between two, it would be noticed before it began.
        now = timezone.now()
        given = {"lead": str(request.user.pk), "started_at": now, "detected_at": now}
        return {**given, **super().get_changeform_initial_data(request)}

    def get_urls(self) -> list[URLPattern]:
        pages: dict[str, Callable[..., HttpResponseBase]] = {
            "room": RoomPage.as_view(model_admin=self),
            "look": OpeningLookPage.as_view(model_admin=self),
            "publish": PublishPage.as_view(model_admin=self),
            "resolve": ResolvePage.as_view(model_admin=self),
            "correct/<int:update_id>": CorrectPage.as_view(model_admin=self),
            "joined/<int:joined_id>": JoinedPage.as_view(model_admin=self),
            "words/<int:entry_id>": CorrectWordsPage.as_view(model_admin=self),
            "together": TogetherPage.as_view(model_admin=self),
            "apart": ApartPage.as_view(model_admin=self),
            "handover": HandoverPage.as_view(model_admin=self),
            "move": MovePage.as_view(model_admin=self),
            "extend": ExtendPage.as_view(model_admin=self),
            **{name: turn.as_view(model_admin=self) for name, turn in TURNS.items()},
            "takeover": TakeOverPage.as_view(model_admin=self),
            "snooze": SnoozePage.as_view(model_admin=self),
            "readers/<int:step_id>": ReadersPage.as_view(model_admin=self),
            "entries/<int:entry_id>": partial(decide, model_admin=self),
        }
        own = [
            path(
                f"<path:object_id>/{place}/",
                self.admin_site.admin_view(view),
                name=f"incidents_incident_{place.partition('/')[0]}",
            )
            for place, view in pages.items()
        ]
        how_we_do = self.admin_site.admin_view(ScorePage.as_view(model_admin=self))
        own.append(path("how-we-do/", how_we_do, name="incidents_incident_score"))
        rewards = self.admin_site.admin_view(RewardsPage.as_view(model_admin=self))
        own.append(path("rewards/", rewards, name="incidents_incident_rewards"))
        return [*own, *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: Incident | None = None) -> bool:
        is_draft = obj is None or obj.is_draft
        return is_draft and super().has_delete_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: Incident, form: forms.ModelForm[Any], change: bool
    ) -> None:
        is_maintenance = obj.kind == Kind.MAINTENANCE
        obj.status = Status.SCHEDULED if is_maintenance else Status.INVESTIGATING
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.instance.kind == Kind.MAINTENANCE:
            form.instance.affected.update(status=Component.Status.UNDER_MAINTENANCE)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        # One at a time: the next page asks whether this one is to be opened.
        hidden = {"show_save_and_add_another": False}
        return super().add_view(request, form_url, {**(extra_context or {}), **hidden})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """A draft is edited; an opened incident is led from its room."""
        incident = self.get_object(request, object_id)
        if incident and not incident.is_draft and self.has_view_permission(request, incident):
            if request.method == "POST":
                messages.warning(
                    request,
                    _(
                        "Your changes were not saved: this incident was opened in the meantime."
                        " Say what is new in an update."
                    ),
                )
            return HttpResponseRedirect(reverse("admin:incidents_incident_room", args=[object_id]))
        against = of_draft(incident=incident, now=timezone.now()) if incident else []
        extra = {**(extra_context or {}), "concerns": against}
        return super().change_view(request, object_id, form_url, extra)

    def response_add(
        self, request: HttpRequest, obj: Incident, post_url_continue: str | None = None
    ) -> Any:
        if "_save" not in request.POST or not self.has_change_permission(request, obj):
            return super().response_add(request, obj, post_url_continue)
        messages.info(request, _("Saved as a draft. Nothing has been sent yet."))
        return HttpResponseRedirect(reverse("admin:incidents_incident_open", args=[obj.pk]))

    @action(
        description=_("Open incident…"),
        icon="campaign",
        variant=ActionVariant.PRIMARY,
        permissions=["change"],
    )
    def open(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return OpenPage.as_view(model_admin=self)(request, object_id=object_id)

    @display(description=_("incident"), ordering="title")
    def show_title(self, incident: Incident) -> str:
        return str(incident)

    @display(description=_("status"), ordering="status", label={"draft": "info"} | labels.STATUS)
    def show_status(self, incident: Incident) -> tuple[str, Any]:
        if incident.is_draft:
            return "draft", _("draft")
        return incident.status, incident.get_status_display()

    @display(description=_("impact"), ordering="impact", label=labels.IMPACT)
    def show_impact(self, incident: Incident) -> tuple[str, str] | None:
        return None if incident.is_draft else (incident.impact, incident.get_impact_display())

    @display(description=_("next update"), ordering="promised_at", empty_value="–")
    def next_update(self, incident: Any) -> SafeString | None:
        promise = promise_of(incident, timezone.now())
        if promise is None:
            return None
        return format_html(
            '<span class="kt-promise kt-{}" title="{}">{}</span>',
            promise.variant,
            promise.due,
            promise.countdown,
        )
