"""A second person looks at exactly what is to be said, and approves or refuses it."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from audiences.admin.base import ReadOnlyAdmin
from audiences.admin.moments import brief
from audiences.admin.pages import ActionPage
from audiences.colleagues import called
from audiences.languages import spoken
from incidents.admin import correction_rows, forecast_rows, labels, told_facts
from incidents.admin.forecast_rows import Row
from incidents.admin.look_pages import ApprovalLookPage
from incidents.admin.promises import spoken_promises
from incidents.admin.wording import in_all_languages
from incidents.models import Approval, Incident, TimelineEntry, Update
from incidents.services import approvals, proposals, wrong_copies
from incidents.services.approval_requests import CannotDecide, Changed, NotReady
from messaging.services.placeholders import CannotSay
from messaging.services.word_changes import Change, changes


class DecisionForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason, if you refuse"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Its author reads it."),
    )


class DecisionPage(ActionPage):
    title = _("Approve this?")
    template_name = "admin/incidents/approval.html"
    form_class = DecisionForm
    permission = "view"

    def back(self) -> str:
        if not self.actor.has_perm("incidents.view_incident"):
            return reverse("admin:incidents_approval_changelist")
        return reverse("admin:incidents_incident_room", args=[self.object.incident.pk])

    @cached_property
    def object(self) -> Approval:
        found = super().object
        assert isinstance(found, Approval)
        return found

    @property
    def may_decide(self) -> bool:
        return self.actor.has_perm("incidents.approve_update")

    def form_valid(self, form: forms.Form) -> HttpResponse:
        if not self.may_decide:
            raise PermissionDenied
        try:
            self._decide(form.cleaned_data["reason"])
        except approvals.ReasonMissing as error:
            form.add_error("reason", str(error))
            return self.form_invalid(form)
        except Changed as error:
            messages.warning(self.request, _("Nothing was sent. %(why)s") % {"why": error})
            return HttpResponseRedirect(self._next_page())
        except NotReady as error:
            messages.error(self.request, str(error))
            return HttpResponseRedirect(self.request.path)
        except CannotDecide as error:
            messages.warning(self.request, str(error))
        return HttpResponseRedirect(self.back())

    def _decide(self, reason: str) -> None:
        now = timezone.now()
        if "_approve" in self.request.POST:
            approvals.approve(approval=self.object, by=self.actor, now=now)
            note, words = gettext("Approved."), _("Approved: it goes out as you saw it.")
        else:
            approvals.refuse(approval=self.object, by=self.actor, reason=reason, now=now)
            note, words = gettext("Refused."), _("Refused. Its author sees why.")
        self.model_admin.log_change(self.request, self.object, note)
        messages.success(self.request, words)

    def _next_page(self) -> str:
        """What is asked anew is looked at anew."""
        asked = self.object
        anew = Approval.objects.undecided().filter(update=asked.update, entry=asked.entry).last()
        return decision_address(anew) if anew else self.back()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        approval, now = self.object, timezone.now()
        clock = approval.incident.story_time(now)
        is_own = approval.requested_by_id == self.actor.pk
        sent_now = self._sent(now) if approval.is_undecided else []
        return {
            **super().get_context_data(**kwargs),
            "approval": approval,
            "incident_title": str(approval.incident),
            "variant": labels.APPROVAL.get(Approval.Decision(approval.decision), ""),
            "requested": brief(approval.requested_at, clock),
            "expires": brief(approval.expires_at, clock),
            "decided": brief(approval.decided_at, clock),
            "publishes": approvals.publishes_unapproved(approval),
            "is_own": is_own,
            "approvers": approvers(approval.requested_by),
            "may_decide": self.may_decide and not is_own and approval.is_undecided,
            "sent": sent_now,
            "got": correction_rows.people(sent_now or []),
            "voided": _voided(approval),
            "changes": _changes(approval),
            **(_of_update(approval.update, clock) if approval.update else {}),
        }

    def _sent(self, now: datetime) -> list[Row] | None:
        """None where it cannot go out."""
        try:
            return sent(self.object, now)
        except CannotSay as error:
            messages.error(self.request, str(error))
            return None


def sent(approval: Approval, now: datetime) -> list[Row]:
    """What goes out once it is approved, and to whom.

    :raises CannotSay: nothing can be said.
    """
    incident, update = approval.incident, approval.update
    if update:
        statuses = proposals.statuses_of(update)
        incident = proposals.as_it_would_be(update=update, statuses=statuses)
    if update and update.corrects_id:
        retold = wrong_copies.retold(correction=update, then=incident)
        return [*correction_rows.rows(retold=retold, correction=update, now=now)]
    return [
        forecast_rows.row(
            TimelineEntry(incident=incident, step=one.step, update=update),
            now=now,
            has_time=False,
            contents=one.contents,
        )
        for one in approvals.messages(approval=approval)
    ]


def _of_update(update: Update, clock: datetime) -> dict[str, Any]:
    return {
        "corrected": brief(update.corrects.published_at, clock) if update.corrects else "",
        "promises": spoken_promises(update),
        "joining": [
            spoken(one.title)
            for one in Incident.objects.filter(pk__in=update.proposal.get("merges", ()))
        ],
        "components": update.component_changes.select_related("component"),
        "texts": in_all_languages(update.public_text),
        "facts": told_facts.changed_by(update),
        "rewrite_url": rewrite_address(update) if not update.is_published else "",
    }


def rewrite_address(update: Update) -> str:
    """Where a proposal or a refused text is written again."""
    if update.corrects_id:
        numbers = [update.incident_id, update.corrects_id]
        address = reverse("admin:incidents_incident_correct", args=numbers)
        return f"{address}?{urlencode({'from': update.pk})}"
    joining = update.proposal.get("merges", ())
    parts = "apart" if update.proposal.get("parts") else "publish"
    page = "together" if joining else parts
    address = reverse(f"admin:incidents_incident_{page}", args=[update.incident_id])
    return f"{address}?{urlencode([('from', update.pk), *(('with', pk) for pk in joining)])}"


def _voided(approval: Approval) -> str:
    """Why it had to be asked again."""
    before = Approval.objects.filter(update=approval.update, entry=approval.entry)
    last = before.filter(pk__lt=approval.pk, decision=Approval.Decision.VOID).last()
    return last.reason if last else ""


def _changes(approval: Approval) -> list[tuple[str, list[Change]]]:
    """What a proposal says differently from the one that it replaced or mends."""
    update = approval.update
    if update is None:
        return []
    if update.corrects:
        return _differences(update.corrects.as_corrected, update)
    dropped = update.incident.updates.refused().filter(audience=update.audience)
    before = dropped.filter(pk__lt=update.pk).order_by("pk").last()
    return _differences(before, update) if before else []


def _differences(before: Update, update: Update) -> list[tuple[str, list[Change]]]:
    texts = [(before.public_text, update.public_text)]
    texts.append((before.technical_text, update.technical_text))
    return [
        (code, changes(old.get(code, ""), new[code]))
        for old, new in texts
        for code in new
        if old.get(code, "") != new[code]
    ]


def approvers(author: User | None) -> list[str]:
    """Who may approve what somebody wrote."""
    able = User.objects.with_perm(
        "incidents.approve_update", backend="django.contrib.auth.backends.ModelBackend"
    )
    others = [user for user in able.filter(is_staff=True).order_by("username") if user != author]
    return [called(user) for user in others]


def decision_address(approval: Approval) -> str:
    return reverse("admin:incidents_approval_decide", args=[approval.pk])


def about(approval: Approval) -> str:
    """What it is about, in a few words."""
    title = str(approval.incident)
    if approval.entry:
        return f"{approval.entry.step.name} · {title}"
    corrects = approval.update and approval.update.corrects_id
    return " · ".join((gettext("Correction") if corrects else gettext("Update"), title))


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    list_display = (
        "show_about",
        "show_decision",
        "requested_by",
        "requested_at",
        "expires_at",
        "decided_by",
        "decided_at",
        "reason",
    )
    list_filter = ("decision",)
    list_select_related = (
        *("update__incident", "entry__incident", "entry__step"),
        *("requested_by", "decided_by"),
    )
    search_fields = ("update__public_text", "entry__step__name", "reason")
    ordering = ("-requested_at",)

    def get_urls(self) -> list[URLPattern]:
        pages = {"decide": DecisionPage, "look": ApprovalLookPage}
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(page.as_view(model_admin=self)),
                name=f"incidents_approval_{name}",
            )
            for name, page in pages.items()
        ]
        return [*own, *super().get_urls()]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_approve = request.user.has_perm("incidents.approve_update")
        return may_approve or super().has_view_permission(request, obj)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """Looked at where it is decided."""
        if request.method == "GET" and self.get_object(request, object_id):
            address = reverse("admin:incidents_approval_decide", args=[object_id])
            return HttpResponseRedirect(address)
        return super().change_view(request, object_id, *args, **kwargs)

    @display(description=_("what"))
    def show_about(self, approval: Approval) -> str:
        return about(approval)

    @display(description=_("decision"), ordering="decision", label=labels.APPROVAL)
    def show_decision(self, approval: Approval) -> tuple[str, str]:
        return approval.decision, approval.get_decision_display()
