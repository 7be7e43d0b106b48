from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from audiences.admin.base import Admin, PossibleActionsMixin
from audiences.admin.colours import Coloured, coloured
from audiences.admin.import_pages import CancelPage, ColumnsPage, StartPage, UploadPage
from audiences.admin.import_panel import as_json, panel
from audiences.admin.progress import ProgressMixin
from audiences.models import Channel, ContactImport
from audiences.services import exports, import_steps, imports
from audiences.services.import_files import LostFile
from audiences.services.intake.report import Finding

State = ContactImport.State
_POSSIBLE = {
    State.UPLOADED: ("cancel",),
    State.PREVIEWED: ("start", "columns", "cancel"),
    State.RUNNING: ("cancel",),
}
_BLOCKED = "blocked"


@admin.register(ContactImport)
class ContactImportAdmin(ProgressMixin, PossibleActionsMixin, Admin):
    possible = _POSSIBLE
    list_display = ("name", "show_state", "segment", "show_rows", "created_at", "created_by")
    list_filter = ("state", "segment")
    list_select_related = ("segment", "created_by")
    search_fields = ("name",)
    ordering = ("-created_at",)
    actions_detail = ("start", "columns", "cancel")
    change_form_outer_before_template = "admin/audiences/import.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "show_state"),
                    ("segment", "show_channels"),
                    ("consent_text", "text_version"),
                    "region",
                    ("created_at", "created_by"),
                    "finished_at",
                )
            },
        ),
    )
    readonly_fields = ("show_state", "show_channels")

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        offered = super().get_actions_detail(request, object_id)
        one = self.get_object(request, str(object_id))
        is_blocked = bool(one and imports.obstacle(one))
        return [action for action in offered if not (is_blocked and action.path == "start")]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.refused_view)
        name = "audiences_contactimport_refused"
        return [path("<path:object_id>/refused.csv", view, name=name), *super().get_urls()]

    def panel(self, request: HttpRequest, one: ContactImport) -> Mapping[str, Any]:
        return panel(one)

    def as_json(self, request: HttpRequest, one: ContactImport) -> Mapping[str, Any]:
        return as_json(one)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        return UploadPage.as_view(model_admin=self)(request)

    def refused_view(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        one = self.seen(request, object_id)
        try:
            refused = import_steps.refused(one)
        except LostFile as error:
            raise Http404(gettext("The rows of the file are gone. Upload it again.")) from error
        lines = exports.delimited(_refused(one, refused))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="refused-{one.pk}.csv"'
        return answer

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and self._may_write(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_at_work = bool(obj and obj.state == State.RUNNING)
        return not is_at_work and super().has_delete_permission(request, obj)

    def has_direct_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_change = request.user.has_perm("audiences.change_contactimport")
        return may_change and self._may_write(request)

    def delete_model(self, request: HttpRequest, obj: ContactImport) -> None:
        imports.remove(contact_import=obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for one in queryset.exclude(state=State.RUNNING):
            imports.remove(contact_import=one)

    @action(description=_("Import…"), icon="upload", permissions=["direct"])
    def start(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return StartPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Columns…"), icon="view_column", permissions=["direct"])
    def columns(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return ColumnsPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(
        description=_("Cancel…"),
        icon="block",
        permissions=["direct"],
        variant=ActionVariant.DANGER,
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return CancelPage.as_view(model_admin=self)(request, object_id=object_id)

    @display(
        description=_("state"),
        ordering="state",
        label=coloured(
            {
                State.PREVIEWED: "warning",
                State.RUNNING: "info",
                State.DONE: "success",
                State.FAILED: "danger",
                _BLOCKED: "danger",
            }
        ),
    )
    def show_state(self, one: ContactImport) -> Coloured:
        if imports.obstacle(one):
            return Coloured(_BLOCKED, gettext("cannot be imported"))
        return Coloured(one.state, one.get_state_display())

    @display(description=_("rows"))
    def show_rows(self, one: ContactImport) -> str:
        return intcomma(one.rows or 0)

    @display(description=_("channels"))
    def show_channels(self, one: ContactImport) -> str:
        return ", ".join(str(Channel(name).label) for name in one.channels) or "–"

    def _may_write(self, request: HttpRequest) -> bool:
        return request.user.has_perms(["audiences.add_contact", "audiences.change_contact"])


def _refused(one: ContactImport, refused: Iterable[Finding]) -> Iterator[list[str]]:
    """The rows as they stood in the file, and why each of them was refused."""
    headings = one.report.get("headings") or one.preview.get("headings", [])
    yield [gettext("line"), gettext("reason"), *headings]
    for finding in refused:
        yield [str(finding.line), finding.reason, *finding.cells]
