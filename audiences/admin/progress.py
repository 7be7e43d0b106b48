"""How far a longer piece of work is: above the fields of its page, asked for anew by a script."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path


class ProgressMixin:
    """For a ModelAdmin: `panel()` is what the template above the fields needs, `as_json()` what
    the script asks for."""

    def panel(self, request: HttpRequest, one: Any) -> Mapping[str, Any]:
        raise NotImplementedError

    def as_json(self, request: HttpRequest, one: Any) -> Mapping[str, Any]:
        raise NotImplementedError

    def get_urls(self) -> list[Any]:
        model_admin: Any = self
        view = model_admin.admin_site.admin_view(self.progress_view)
        kind = model_admin.opts
        name = f"{kind.app_label}_{kind.model_name}_progress"
        own = path("<path:object_id>/progress/", view, name=name)
        return [own, *super().get_urls()]  # type: ignore[misc]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context, one = extra_context or {}, self._seen(request, object_id)
        if one:
            context |= self.panel(request, one)
        page: HttpResponse = super().change_view(  # type: ignore[misc]
            request, object_id, form_url, context
        )
        return page

    def progress_view(self, request: HttpRequest, object_id: str) -> JsonResponse:
        return JsonResponse(self.as_json(request, self.seen(request, object_id)))

    def seen(self, request: HttpRequest, object_id: str) -> Any:
        """:raises PermissionDenied: there is none that this user may see."""
        if (one := self._seen(request, object_id)) is None:
            raise PermissionDenied
        return one

    def _seen(self, request: HttpRequest, object_id: str) -> Any:
        model_admin: Any = self
        one = model_admin.get_object(request, object_id)
        return one if one and model_admin.has_view_permission(request, one) else None
