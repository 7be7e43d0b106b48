"""The pages that take an import from a file to contacts: upload, columns, start, cancel."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from unfold.views import UnfoldModelAdminViewMixin
from unfold.widgets import (
    UnfoldAdminSelectWidget,
)

from audiences.admin.base import actor
from audiences.admin.pages import ActionPage, address
from audiences.admin.upload_form import UploadForm
from audiences.services import import_files, import_rights, imports, uploads
from audiences.services.intake import columns
from audiences.services.intake.fields import FIELDS
from audiences.services.intake.headings import ATTRIBUTE, attribute_name
from audiences.services.intake.raw import UnreadableFile


class UploadPage(UnfoldModelAdminViewMixin, FormView[UploadForm]):
    title = _("Import contacts")
    template_name = "admin/action_page.html"
    form_class = UploadForm
    request: HttpRequest

    def has_permission(self) -> bool:
        return bool(self.model_admin.has_add_permission(self.request))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs,
            explanation=_("Known people are amended by what the file says; nobody is removed."),
            button=_("Upload and look at it"),
            back=reverse("admin:audiences_contactimport_changelist"),
        )

    def get_form(self, form_class: Any = None) -> UploadForm:
        form = super().get_form(form_class)
        if not self.request.user.has_perm("audiences.change_subscription"):
            # Without them, and a word on the consent, nobody is subscribed by a file.
            for name in ("segment", "channels", "consent_text", "text_version"):
                del form.fields[name]
        return form

    def form_valid(self, form: UploadForm) -> HttpResponse:
        file = form.cleaned_data["file"]
        now = timezone.now()
        try:
            with import_files.temporary(file.chunks()) as path:
                one = uploads.take(
                    source=path,
                    name=file.name,
                    terms=form.terms(),
                    reading=form.reading(),
                    by=actor(self.request),
                    now=now,
                )
        except UnreadableFile as error:
            form.add_error("file", str(error))
            return self.form_invalid(form)
        except uploads.NoConsent as error:
            form.add_error("consent_text", str(error))
            return self.form_invalid(form)
        imports.look(contact_import=one, now=now)
        return HttpResponseRedirect(address(one))


class ColumnsPage(ActionPage):
    title = _("What is in the columns")
    permission = "direct"
    explanation = _("Say what each column holds. Then the file is looked at again.")
    button = _("Use these columns")

    def get_form(self, form_class: Any = None) -> forms.Form:
        form = super().get_form(form_class)
        preview = self.object.preview
        for place, heading in enumerate(preview.get("headings", [])):
            chosen = self.object.mapping.get(str(place), "")
            form.fields[str(place)] = forms.ChoiceField(
                label=heading,
                choices=_choices(heading, place, chosen, actor(self.request)),
                initial=chosen,
                required=False,
                widget=UnfoldAdminSelectWidget,
                help_text=" · ".join(preview["examples"][place]),
            )
        return form

    def form_valid(self, form: forms.Form) -> HttpResponse:
        now = timezone.now()
        try:
            imports.remap(contact_import=self.object, mapping=form.cleaned_data)
        except (columns.InvalidMapping, imports.NotPossible) as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        imports.look(contact_import=self.object, now=now)
        return HttpResponseRedirect(self.back())


class StartPage(ActionPage):
    title = _("Import these contacts")
    permission = "direct"
    button = _("Import")
    explanation = _(
        "New people are added and known ones amended. This cannot be undone as a whole; it can be"
        " cancelled while it runs."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        counts = self.object.preview.get("counts", {})
        return super().get_context_data(**kwargs, consequences=_consequences(counts))

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            imports.start(contact_import=self.object, by=actor(self.request))
        except imports.NotPossible as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        messages.success(self.request, _("The import has begun. You may leave this page."))
        return HttpResponseRedirect(self.back())


class CancelPage(ActionPage):
    title = _("Cancel this import")
    permission = "direct"
    button = _("Cancel the import")
    explanation = _("What was imported so far stays; the rest of the file is removed.")
    is_dangerous = True

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            imports.cancel(contact_import=self.object, now=timezone.now())
        except imports.NotPossible as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        messages.success(self.request, _("The import is cancelled."))
        return HttpResponseRedirect(self.back())


def _choices(heading: str, place: int, chosen: str, by: User) -> list[tuple[str, str]]:
    own = ATTRIBUTE + attribute_name(heading, place)
    fields = [
        (name, str(label))
        for name, label in FIELDS.items()
        if import_rights.may_say(field=name, by=by)
    ]
    profile = dict.fromkeys([own, *([chosen] if chosen.startswith(ATTRIBUTE) else [])])
    return [
        ("", gettext("leave out")),
        *fields,
        *((name, columns.label(name)) for name in profile),
    ]


def _consequences(counts: dict[str, int]) -> list[str]:
    created, updated = counts.get("created", 0), counts.get("updated", 0)
    subscribed = counts.get("subscribed", 0)
    return [
        ngettext("%(n)d person is added.", "%(n)d people are added.", created) % {"n": created},
        ngettext("%(n)d person is amended.", "%(n)d people are amended.", updated) % {"n": updated},
        ngettext("%(n)d subscription is added.", "%(n)d subscriptions are added.", subscribed)
        % {"n": subscribed},
    ]
