"""What the pages of post-mortems, commitments and improvements have in common."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from audiences.admin.pages import ActionPage


class SpokenMixin:
    """For a ModelAdmin of what customers read, as they read an update."""

    def has_publish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_speak = request.user.has_perm("incidents.change_incident")
        return may_speak and self.has_change_permission(request, obj)  # type: ignore[attr-defined]


class AfterwardsPage(ActionPage):
    """Does one thing on POST, notes it in the history, or says why it cannot be done."""

    done: Any = ""
    refusal: ClassVar[type[Exception]]

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            noted = self.perform(form)
        except self.refusal as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        self.model_admin.log_change(self.request, self.object, noted)
        messages.success(self.request, self.done)
        return HttpResponseRedirect(self.back())

    def perform(self, form: forms.Form) -> str:
        """Do it, and say in the history what was done.

        :raises refusal: says what to do first.
        """
        raise NotImplementedError
