"""A plan comes in as a file: read, shown with what it would change, and only then stored."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from unfold.views import UnfoldModelAdminViewMixin
from unfold.widgets import UnfoldAdminFileFieldWidget

from audiences.admin.pages import address
from incidents.admin.plan_panel import Remark, lines
from incidents.models import Plan
from incidents.services import plan_checks, plan_drafts, plan_files, plan_versions


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_(
            "A plan as YAML, as “Download” writes it. Nothing is saved before you have seen what it"
            " would change."
        ),
    )
    # What was looked at is what is saved, whatever became of the file meanwhile.
    text = forms.CharField(
        required=False, strip=False, max_length=plan_files.MAX_BYTES, widget=forms.HiddenInput
    )

    def clean_file(self) -> str:
        file = cast("UploadedFile[bytes] | None", self.cleaned_data["file"])
        if file is None:
            return ""
        if (file.size or 0) > plan_files.MAX_BYTES:
            raise forms.ValidationError(gettext("No plan is as long as that."))
        try:
            return bytes(file.read()).decode("utf-8")
        except UnicodeDecodeError as error:
            raise forms.ValidationError(gettext("This is no text file (UTF-8).")) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["content"] = cleaned.get("file") or cleaned.get("text") or ""
        if not cleaned["content"] and "file" not in self.errors:
            self.add_error("file", gettext("Choose a file."))
        return cleaned


class UploadPage(UnfoldModelAdminViewMixin, FormView[FileForm]):
    title = _("Bring in a plan")
    template_name = "admin/incidents/plan_upload.html"
    form_class = FileForm
    request: HttpRequest

    def has_permission(self) -> bool:
        may_add = self.model_admin.has_add_permission(self.request)
        return bool(may_add and self.model_admin.has_revise_permission(self.request))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        listing = reverse("admin:incidents_plan_changelist")
        return super().get_context_data(**kwargs, back=listing)

    def form_valid(self, form: FileForm) -> HttpResponse:
        text = form.cleaned_data["content"]
        try:
            if "_save" not in self.request.POST:
                return self._look(text)
            draft = self._store(text, replaces_draft="_replace" in self.request.POST)
        except plan_drafts.DraftInTheWay:
            messages.warning(self.request, _("Somebody has made a draft meanwhile; look again."))
            return self._look(text)
        except plan_drafts.NothingNew as same:
            messages.info(self.request, str(same))
            return self.render_to_response(self.get_context_data(form=FileForm()))
        except plan_files.BadPlanFile as error:
            context = self.get_context_data(form=FileForm(), mistakes=error.mistakes)
            return self.render_to_response(context)
        self.model_admin.log_addition(self.request, draft, gettext("Brought in as a file."))
        messages.success(self.request, _("Saved as a draft. It is not in force yet."))
        return HttpResponseRedirect(address(draft))

    def _look(self, text: str) -> HttpResponse:
        """Store it, describe it, and take it back."""
        drafts = set(Plan.objects.filter(status=Plan.Status.DRAFT).values_list("pk", flat=True))
        with transaction.atomic():
            draft = self._store(text, replaces_draft=True)
            seen = {"text": text, "is_replacing": draft.pk in drafts, **_described(draft)}
            transaction.set_rollback(True)
        return self.render_to_response(self.get_context_data(form=FileForm(), **seen))

    def _store(self, text: str, *, replaces_draft: bool) -> Plan:
        document = plan_files.read(
            plan_files.parse(text),
            by=cast(User, self.request.user),
            now=timezone.now(),
            language=get_language() or settings.LANGUAGE_CODE,
        )
        plan_drafts.check_new(document=document)
        return plan_drafts.store(document=document, replaces_draft=replaces_draft)


def _described(draft: Plan) -> dict[str, Any]:
    before = plan_versions.active(slug=draft.slug)
    found = plan_checks.check(plan=draft, now=timezone.now())
    return {
        "plan": draft,
        "before": before,
        "differences": plan_versions.compare(before=before, after=draft) if before else [],
        "lines": [] if before else lines(draft),
        "remarks": [Remark(finding, "") for finding in found],
    }
