"""What is owed to customers when it is over."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget

from audiences.admin.as_shown import AsShownMixin
from audiences.admin.base import Admin, PossibleActionsMixin, ReadOnlyRows, actor
from audiences.admin.colours import coloured
from audiences.admin.pages import address
from audiences.languages import spoken
from incidents.admin import labels
from incidents.admin.aftermath import countdown, preview, room_link, said
from incidents.admin.afterwards_page import SpokenMixin
from incidents.admin.commitment_pages import DeliverPage, MovePage, TellPage
from incidents.admin.postmortem_pages import PublishPage, SendBackPage, SubmitPage
from incidents.models import Commitment, CommitmentMove, Incident, Postmortem
from incidents.models.plans import Kind
from incidents.models.status import FINAL
from incidents.services import commitments, postmortems


def title_of(instance: Postmortem | Commitment) -> str:
    return spoken(instance.incident.title)


class PostmortemForm(AsShownMixin, forms.ModelForm[Postmortem]):
    """A new one names its incident only; its text is written on the next page."""

    class Meta:
        model = Postmortem
        fields = ("incident",)
        widgets: ClassVar = {"incident": UnfoldAdminSelectWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "incident" in self.fields:
            over = Incident.objects.filter(kind=Kind.INCIDENT, status__in=FINAL, postmortem=None)
            choice = cast(forms.ModelChoiceField[Incident], self.fields["incident"])
            choice.queryset = over.order_by("-resolved_at")
            choice.help_text = _("An incident that is over and has none yet.")


_POSSIBLE = {
    Postmortem.State.DRAFT: ("submit", "publish"),
    Postmortem.State.REVIEW: ("send_back", "publish"),
}


@admin.register(Postmortem)
class PostmortemAdmin(SpokenMixin, PossibleActionsMixin, Admin):
    possible = _POSSIBLE
    form = PostmortemForm
    single_line = ()
    list_display = ("show_incident", "show_state", "show_due", "author", "reviewer", "published_at")
    list_filter = ("state", "incident__mode")
    list_select_related = ("incident", "author", "reviewer")
    search_fields = ("incident__title", "incident__key")
    ordering = ("-due_at",)
    actions_detail = ("submit", "send_back", "publish")

    def get_fieldsets(self, request: HttpRequest, obj: Postmortem | None = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("incident",)}),)
        facts: list[Any] = [("show_room", "state"), ("show_due", "published_at")]
        facts += [("author", "reviewer")]
        facts += ["returned_because"] if obj.returned_because else []
        sections: list[Any] = [(None, {"fields": facts})]
        if obj.state == Postmortem.State.DRAFT and self.has_change_permission(request, obj):
            sections.append((_("The text"), {"fields": ("summary", "body")}))
        return (*sections, (_("As customers read it"), {"fields": ("show_preview",)}))

    def get_readonly_fields(self, request: HttpRequest, obj: Postmortem | None = None) -> Any:
        shown = ("show_room", "state", "show_due", "show_preview", "published_at")
        return () if obj is None else (*shown, "author", "reviewer", "returned_because")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_public = obj is not None and obj.state == Postmortem.State.PUBLISHED
        return not is_public and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        by = actor(request)
        if not change:
            started = postmortems.start(incident=obj.incident, by=by, now=timezone.now())
            obj.pk = started.pk
            obj.refresh_from_db()
        elif "body" in form.cleaned_data:
            texts = {"summary": obj.summary, "body": obj.body}
            try:
                postmortems.save(postmortem=obj, **texts, by=by)
            except postmortems.NotPossible as error:
                words = gettext("Your changes were not saved: %(error)s")
                messages.error(request, words % {"error": error})

    def render_change_form(self, request: HttpRequest, context: Any, **kwargs: Any) -> Any:
        """Nothing is saved where nothing can be written."""
        shown: Postmortem | None = kwargs.get("obj")
        if shown and shown.state != Postmortem.State.DRAFT:
            context |= {"show_save": False, "show_save_and_continue": False}
        context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, **kwargs)

    def response_add(
        self, request: HttpRequest, obj: Postmortem, post_url_continue: str | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(address(obj))

    @action(description=_("Submit for review…"), icon="rate_review", permissions=["change"])
    def submit(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return SubmitPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Send back…"), icon="undo", permissions=["change"])
    def send_back(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return SendBackPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(
        description=_("Publish…"),
        icon="campaign",
        variant=ActionVariant.PRIMARY,
        permissions=["publish"],
    )
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return PublishPage.as_view(model_admin=self)(request, object_id=object_id)

    @display(description=_("incident"))
    def show_incident(self, postmortem: Postmortem) -> str:
        return title_of(postmortem)

    @display(description=_("incident"))
    def show_room(self, postmortem: Postmortem) -> SafeString:
        return room_link(postmortem.incident)

    @display(description=_("state"), ordering="state", label=labels.POSTMORTEM)
    def show_state(self, postmortem: Postmortem) -> tuple[str, str]:
        return postmortem.state, postmortem.get_state_display()

    @display(description=_("due at"), ordering="due_at")
    def show_due(self, postmortem: Postmortem) -> SafeString:
        return countdown(postmortem, postmortem.incident.story_time(timezone.now()))

    @display(description=_("post-mortem"))
    def show_preview(self, postmortem: Postmortem) -> SafeString:
        return preview(postmortem)


class MoveRows(ReadOnlyRows):
    model = CommitmentMove
    fields = ("old_on", "new_on", "reason", "moved_by", "moved_at")


class CommitmentForm(AsShownMixin, forms.ModelForm[Commitment]):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        incident, due_on = cleaned.get("incident"), cleaned.get("due_on")
        if incident and due_on:
            try:
                commitments.check_day(incident=incident, due_on=due_on, now=timezone.now())
            except commitments.HasPassed as refusal:
                self.add_error("due_on", str(refusal))
        return cleaned


@admin.register(Commitment)
class CommitmentAdmin(SpokenMixin, Admin):
    form = CommitmentForm
    single_line = ()
    list_display = ("show_text", "show_incident", "owner", "show_due", "told_at", "delivered_at")
    list_filter = (("delivered_at", admin.EmptyFieldListFilter), "owner")
    list_select_related = ("incident", "owner")
    search_fields = ("text", "incident__title", "incident__key")
    autocomplete_fields = ("owner",)
    ordering = ("delivered_at", "due_on")
    inlines = (MoveRows,)
    actions_detail = ("tell", "move", "deliver")

    def get_fields(self, request: HttpRequest, obj: Commitment | None = None) -> Any:
        if obj is None:
            return ("incident", "text", "owner", "due_on")
        text = "text" if obj.told_at is None else "show_promise"
        done = ("show_outcome", ("delivered_at", "delivered_by")) if obj.delivered_at else ()
        return (("show_room", "due_on"), text, ("owner", "told_at"), *done)

    def get_readonly_fields(self, request: HttpRequest, obj: Commitment | None = None) -> Any:
        if obj is None:
            return ()
        shown = ("show_room", "due_on", "told_at", "delivered_at", "delivered_by")
        return (*shown, "show_promise", "show_outcome")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "incident":
            kwargs["queryset"] = Incident.objects.opened().order_by("-started_at")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        given = {"text": obj.text, "owner": obj.owner, "due_on": obj.due_on}
        obj.pk = commitments.make(incident=obj.incident, **given, now=timezone.now()).pk

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str]:
        return {"owner": str(request.user.pk), **super().get_changeform_initial_data(request)}

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj and obj.moves.exists() else ()

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        one = self.get_object(request, str(object_id))
        over = {"tell"} if one and one.told_at else set()
        over |= {"tell", "move", "deliver"} if one is None or one.delivered_at else set()
        offered = super().get_actions_detail(request, object_id)
        return [action for action in offered if action.path not in over]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_public = obj is not None and obj.told_at is not None
        return not is_public and super().has_delete_permission(request, obj)

    @action(description=_("Show customers…"), icon="visibility", permissions=["publish"])
    def tell(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return TellPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Move the date…"), icon="event", permissions=["change"])
    def move(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return MovePage.as_view(model_admin=self)(request, object_id=object_id)

    @action(
        description=_("Delivered…"),
        icon="task_alt",
        variant=ActionVariant.PRIMARY,
        permissions=["publish"],
    )
    def deliver(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return DeliverPage.as_view(model_admin=self)(request, object_id=object_id)

    @display(description=_("what we promised"))
    def show_text(self, commitment: Commitment) -> str:
        return spoken(commitment.text)

    @display(description=_("incident"))
    def show_incident(self, commitment: Commitment) -> str:
        return title_of(commitment)

    @display(description=_("incident"))
    def show_room(self, commitment: Commitment) -> SafeString:
        return room_link(commitment.incident)

    @display(description=_("what we promised"))
    def show_promise(self, commitment: Commitment) -> SafeString:
        return said(commitment.text)

    @display(description=_("what was delivered"))
    def show_outcome(self, commitment: Commitment) -> SafeString:
        return said(commitment.outcome)

    @display(description=_("due on"), ordering="due_on", label=coloured({"overdue": "danger"}))
    def show_due(self, commitment: Commitment) -> Any:
        today = timezone.localdate(commitment.incident.story_time(timezone.now()))
        return ("overdue" if commitment.is_overdue(today) else "ahead", commitment.due_on)
