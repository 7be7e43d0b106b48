"""A page of its own under a model's admin: says what will happen, asks, does it on POST."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from unfold.views import UnfoldModelAdminViewMixin
from unfold.widgets import UnfoldAdminExpandableTextareaWidget

from audiences.admin.base import actor


class ObjectPage(UnfoldModelAdminViewMixin):
    """One object's page; who may see it is the model admin's own answer for this object."""

    permission: ClassVar[str] = "change"
    kwargs: dict[str, Any]
    request: HttpRequest

    def has_permission(self) -> bool:
        allowed = getattr(self.model_admin, f"has_{self.permission}_permission")
        return bool(allowed(self.request, self.object))

    @cached_property
    def object(self) -> Any:
        found = self.model_admin.get_object(self.request, str(self.kwargs["object_id"]))
        if found is None:
            raise Http404
        return found

    @property
    def actor(self) -> User:
        return actor(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {**context, "object": self.object, "back": self.back()}

    def back(self) -> str:
        return address(self.object)


class ActionPage(ObjectPage, FormView[forms.Form]):
    """Explains one action, asks what it needs to know, and performs it on POST."""

    template_name = "admin/action_page.html"
    form_class: type[forms.Form] = forms.Form
    explanation: Any = ""
    button: Any = ""
    is_dangerous = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs,
            explanation=self.explanation,
            button=self.button,
            is_dangerous=self.is_dangerous,
        )

    def form_valid(self, form: forms.Form) -> HttpResponse:
        raise NotImplementedError


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=UnfoldAdminExpandableTextareaWidget
    )


def may_open(user: User, *kinds: type[models.Model]) -> dict[str, bool]:
    """Of which of these somebody may see the pages, by the name of the model."""
    names = {str(kind._meta.model_name): kind._meta.app_label for kind in kinds}
    return {
        name: user.has_perm(f"{app}.view_{name}") or user.has_perm(f"{app}.change_{name}")
        for name, app in names.items()
    }


def address(instance: models.Model) -> str:
    """The admin page of an object."""
    name = instance._meta.label_lower.replace(".", "_")
    return reverse(f"admin:{name}_change", args=[instance.pk])
