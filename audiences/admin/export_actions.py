"""Contacts out of the admin's list: those chosen there, by its filters and its search."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from audiences.models import Contact
from audiences.services import exports

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ExportMixin:
    actions: Any = ("export_csv", "export_xlsx")

    @action(description=_("Export as CSV"), permissions=["data"])
    def export_csv(
        self, request: HttpRequest, queryset: QuerySet[Contact]
    ) -> StreamingHttpResponse:
        answer = StreamingHttpResponse(_whole(queryset, exports.as_csv), content_type="text/csv")
        answer["Content-Disposition"] = 'attachment; filename="contacts.csv"'
        return answer

    @action(description=_("Export as Excel file"), permissions=["data"])
    def export_xlsx(self, request: HttpRequest, queryset: QuerySet[Contact]) -> FileResponse:
        with TemporaryDirectory() as folder:
            path = Path(folder, "contacts.xlsx")
            _whole(queryset, lambda contacts: exports.write_xlsx(contacts, path))
            # Open, it outlives its folder.
            return FileResponse(
                path.open("rb"), as_attachment=True, filename=path.name, content_type=_XLSX
            )


def _whole(queryset: QuerySet[Contact], export: Any) -> Any:
    """The list's own order and joins are of no use to an export."""
    return export(Contact.objects.filter(pk__in=queryset.order_by().values("pk")))
