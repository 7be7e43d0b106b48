"""What comes into force in versions: a draft is edited, and read from then on."""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect


class VersionedMixin:
    """For a ModelAdmin whose model has `status` and `is_draft`.

    `possible` are the actions of its page by status. `in_force` is said to whoever edits what is no
    draft any more, also when saving raises `refusal`.
    """

    model: Any
    possible: ClassVar[Mapping[Any, Collection[str]]]
    in_force: Any
    refusal: type[Exception]

    def panel(self, version: Any) -> dict[str, Any]:
        """What the template above the fields needs."""
        raise NotImplementedError

    def is_closed(self, version: Any) -> bool:
        return isinstance(version, self.model) and not version.is_draft

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        model_admin: Any = self
        version = model_admin.get_object(request, str(object_id))
        allowed = self.possible[version.status] if version else ()
        offered: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        return [action for action in offered if action.path in allowed]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self.is_closed(obj) and bool(super().has_change_permission(request, obj))  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self.is_closed(obj) and bool(super().has_delete_permission(request, obj))  # type: ignore[misc]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        model_admin: Any = self
        context = extra_context or {}
        version = model_admin.get_object(request, object_id)
        if version and model_admin.has_view_permission(request, version):
            if request.method == "POST" and not version.is_draft:
                return self._refuse(request)
            context |= self.panel(version)
        try:
            page: HttpResponse = super().change_view(  # type: ignore[misc]
                request, object_id, form_url, context
            )
        except self.refusal:
            return self._refuse(request)
        return page

    def _refuse(self, request: HttpRequest) -> HttpResponse:
        messages.warning(request, self.in_force)
        return HttpResponseRedirect(request.path)
