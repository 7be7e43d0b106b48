from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from audiences.admin.base import Admin
from audiences.admin.colours import coloured
from audiences.admin.lists import QuickListMixin
from audiences.admin.pages import ActionPage, ReasonForm
from audiences.admin.spelling import checked, refuse_erased
from audiences.models import Channel, Suppression
from audiences.services import erased, spelling, suppressions


class LiftPage(ActionPage):
    title = _("Lift this suppression")
    explanation = _(
        "From then on this address is written to again. Lift it only if you know that the cause is"
        " gone: the mailbox works again, or the person has asked for it."
    )
    button = _("Lift the suppression")
    form_class = ReasonForm
    permission = "lift"

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            suppressions.lift(
                suppression=self.object,
                by=self.actor,
                because=form.cleaned_data["reason"],
                now=timezone.now(),
            )
        except suppressions.CannotLift as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        self.model_admin.log_change(
            self.request, self.object, gettext("Lifted: %(reason)s") % form.cleaned_data
        )
        self._say_what_is_left()
        return HttpResponseRedirect(self.back())

    def _say_what_is_left(self) -> None:
        left = suppressions.still_against(suppression=self.object)
        if not left:
            messages.success(self.request, _("This address may be written to again."))
            return
        reasons = ", ".join(str(one.get_reason_display()) for one in left)
        still = _("Lifted. The address is still not written to, because of: %(reasons)s.")
        messages.warning(self.request, still % {"reasons": reasons})


class SuppressionForm(forms.ModelForm[Suppression]):
    # An erasure is done at the contact, and leaves its own entry.
    reason = forms.ChoiceField(
        label=_("reason"),
        choices=[
            choice
            for choice in Suppression.Reason.choices
            if choice[0] != Suppression.Reason.ERASURE
        ],
        initial=Suppression.Reason.STAFF,
        widget=UnfoldAdminSelectWidget,
    )

    def clean_address(self) -> str:
        channel, address = self.cleaned_data.get("channel"), self.cleaned_data["address"]
        return refuse_erased(channel, checked(channel, address)) if channel else address

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        same = {name: given.get(name) for name in ("channel", "address", "reason")}
        if Suppression.objects.active().filter(**same).exists():
            raise ValidationError(gettext("It is suppressed for this reason already."))
        return given


@admin.register(Suppression)
class SuppressionAdmin(QuickListMixin, Admin):
    form = SuppressionForm
    list_display = (
        "address",
        "channel",
        "show_reason",
        "created_at",
        "lifted_at",
        "lifted_by",
        "lifted_because",
    )
    list_filter = ("channel", "reason", ("lifted_at", admin.EmptyFieldListFilter))
    list_select_related = ("lifted_by",)
    search_fields = ("address",)
    search_help_text = _(
        "What an address begins with; an address in full is found also where it was erased."
    )
    ordering = ("-pk",)
    fields = ("channel", "address", "reason", "note")
    actions_detail = ("lift",)

    def matches(self, words: str) -> Q:
        typed = words.strip().lower()
        found = Q(address__startswith=typed)
        for channel in Channel.values:
            hashes = erased.marks(channel=channel, address=typed)
            found |= Q(address__in=[spelling.as_stored(channel, typed), *hashes])
        return found

    def get_fields(self, request: HttpRequest, obj: Suppression | None = None) -> Any:
        since = ("created_at",) if obj else ()
        lifting = ("lifted_at", "lifted_by", "lifted_because") if obj and obj.lifted_at else ()
        return [*self.fields, *since, *lifting]

    def save_model(
        self, request: HttpRequest, obj: Suppression, form: forms.ModelForm[Any], change: bool
    ) -> None:
        made = suppressions.suppress(
            channel=obj.channel,
            address=obj.address,
            reason=obj.reason,
            note=obj.note,
            now=timezone.now(),
        )
        assert made, "the form refuses what was erased"
        obj.pk = made.pk

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_lift_permission(self, request: HttpRequest, obj: Suppression | None = None) -> bool:
        return request.user.has_perm("audiences.change_suppression") and not (obj and obj.lifted_at)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        obj = self.get_object(request, str(object_id))
        return (
            super().get_actions_detail(request, object_id)
            if self.has_lift_permission(request, obj)
            else []
        )

    @action(description=_("Lift with a reason…"), icon="lock_open")
    def lift(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return LiftPage.as_view(model_admin=self)(request, object_id=object_id)

    @display(
        description=_("reason"),
        ordering="reason",
        label=coloured(
            {
                Suppression.Reason.HARD_BOUNCE: "danger",
                Suppression.Reason.COMPLAINT: "danger",
                Suppression.Reason.STOP: "warning",
            }
        ),
    )
    def show_reason(self, suppression: Suppression) -> tuple[str, str]:
        return suppression.reason, suppression.get_reason_display()
